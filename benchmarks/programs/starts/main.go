// Starts is a program whose first three stops are asked for: a variable's initialiser, init() and main.main.
package main

import "fmt"

var started = begin() // start: variable

func begin() int { return 1 }

func init() {
	started++ // start: init
}

func main() { // start: main
	fmt.Println(started)
}
