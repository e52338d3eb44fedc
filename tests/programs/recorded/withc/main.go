package main

/*
#include <stdint.h>
int twice(int32_t n);
*/
import "C"

//go:noinline
//export Doubled
func Doubled(n C.int) C.int {
	return C.twice(C.int32_t(n))
}

func main() {
	println(Doubled(21))
}
