// Steps has a goroutine whose breakpoint interrupts a step of main's.
package main

import "fmt"

func other(ready chan bool) {
	fmt.Println("in the other goroutine") // break: other
	ready <- true
}

func main() {
	ready := make(chan bool)
	fmt.Println("begins") // break: main
	start := func() bool { go other(ready); return <-ready }
	fmt.Println(start()) // break: step
	fmt.Println("after") // break: after
}
