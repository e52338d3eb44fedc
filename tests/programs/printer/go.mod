module example.com/printer

go 1.25
