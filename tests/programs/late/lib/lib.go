// Lib is a shared library for C.
package main

import "C"

//export Add
func Add(a, b C.int) C.int {
	sum := a + b // break: add
	return sum
}

func main() {}
