package main

// static int twice(int n) { return 2 * n; }
import "C"

import (
	"fmt"

	"example.com/inspected/sum"
)

func main() {
	factor := int(C.twice(20)) // LINE
	total := sum.Of([]int{1, 2, 3}) + factor
	fmt.Println(total) // STOP
}
