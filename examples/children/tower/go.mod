module example.com/clock/tower

go 1.25
