package main

import (
	"testing"

	"example.com/inspected/sum"
)

func TestTotal(t *testing.T) {
	factor := 41 // LINE
	total := sum.Of([]int{1, 2, 3}) + tiny(factor)
	if total != 48 { // STOP
		t.Fatal(total)
	}
}
