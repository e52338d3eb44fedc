package main

import "C"

import "example.com/inspected/sum"

//export Total
func Total() int { return sum.Of([]int{1, 2, 3}) }

func main() {}
