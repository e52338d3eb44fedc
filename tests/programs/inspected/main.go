// Whatever a build does to debugging shows here: lines marked LINE take a breakpoint, those marked STOP show all values.
package main

import (
	"fmt"

	"example.com/inspected/sum"
)

type order struct {
	Name  string
	Items []int
}

func tiny(n int) int {
	return n + 1 // LINE: inlined where nothing forbids it
}

func main() {
	first := order{Name: "tea", Items: []int{1, 2, 3}}
	factor := 41 // LINE: folded where nothing forbids it
	total := sum.Of(first.Items)
	total += tiny(factor)
	fmt.Println(first.Name, total) // STOP
}
