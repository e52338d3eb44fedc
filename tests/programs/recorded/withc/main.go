package main

/*
static int twice(int n) { return 2 * n; }
*/
import "C"

//go:noinline
//export Doubled
func Doubled(n C.int) C.int {
	return C.twice(n)
}

func main() {
	println(Doubled(21))
}
