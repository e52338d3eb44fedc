module example.com/kiln/curve

go 1.25
