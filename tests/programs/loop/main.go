// Loop counts, slowly, until it is ended; it prints its first line at once.
package main

import (
	"fmt"
	"os"
	"time"
)

var started = announce()

func announce() bool {
	fmt.Println("initialised")
	return true
}

func step(n int) int {
	next := n + 1 // break: step
	return next
}

func main() {
	fmt.Println("hello from", os.Args[0]) // break: main
	fmt.Fprintln(os.Stderr, "a word on stderr")
	count := 0
	for started {
		count = step(count)
		time.Sleep(10 * time.Millisecond)
		if count == 100_000 {
			break
		}
	}
	fmt.Println("counted", count)
}
