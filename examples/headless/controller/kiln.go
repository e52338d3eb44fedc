package main

import (
	"fmt"
	"io"

	"example.com/kiln/curve"
)

// Kiln is warm clay and a switch.
type Kiln struct {
	Temperature float64
	Heating     bool
}

// step lets a minute pass: the kiln warms by what it is heated, and cools by what it loses.
func (k *Kiln) step(wanted float64) {
	k.Heating = k.Temperature < wanted
	if k.Heating {
		k.Temperature += 6
	}
	k.Temperature -= (k.Temperature - curve.Room) / 500 // break: kiln
}

// fire runs a firing to its end and prints how it went, every two hours and at the end.
func fire(out io.Writer, wanted curve.Curve) {
	kiln := Kiln{Temperature: curve.Room}
	for minute := 0; ; minute++ {
		target, over := wanted.At(minute)
		if over {
			fmt.Fprintf(out, "%3d min  done at %.0f °C\n", minute, kiln.Temperature)
			return
		}
		kiln.step(target)
		if minute%120 == 0 {
			fmt.Fprintf(out, "%3d min  %4.0f °C, wanted %4.0f\n", minute, kiln.Temperature, target)
		}
	}
}
