// Startsc is the program starts with C in it.
package main

// static int one(void) { return 1; }
import "C"

import "fmt"

var started = begin() // start: variable

func begin() int { return int(C.one()) }

func init() {
	started++ // start: init
}

func main() { // start: main
	fmt.Println(started)
}
