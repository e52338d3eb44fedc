// Plug is a plugin.
package main

import "fmt"

var begun = false

func init() {
	begun = true // break: init
}

// Greet is what the host calls.
func Greet(n int) string {
	return fmt.Sprint("hello ", n, begun) // break: greet
}
