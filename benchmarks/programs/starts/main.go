// Starts is a program whose first three stops are asked for: a variable's initialiser, init() and main.main.
package main

import (
	"fmt"
	"os"
)

var started = begin() // start: variable

func begin() int { return len(os.Args) }

func init() {
	started++ // start: init
}

func main() { // start: main
	fmt.Println(started)
}
