// Small is stepped through: a loop without end, with the kinds of variables that an editor shows.
package main

import "fmt"

type order struct {
	ID    int
	Name  string
	Lines []string
}

func price(o order, factor int) int {
	sum := len(o.Name) * factor
	for _, line := range o.Lines {
		sum += len(line)
	}
	return sum
}

func main() {
	total := 0
	first := order{ID: 1, Name: "first", Lines: []string{"one", "two", "three"}}
	stock := map[string]int{"apples": 3, "pears": 4}
	for round := 0; ; round++ {
		factor := round % 7
		cost := price(first, factor) // the breakpoint
		total += cost
		stock["apples"] = total
		if total < 0 {
			fmt.Println(total, stock)
		}
	}
}
