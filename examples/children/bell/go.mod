module example.com/clock/bell

go 1.25
