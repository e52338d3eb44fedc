// Host opens a plugin, and calls what is in it.
package main

import (
	"fmt"
	"os"
	"plugin"
)

func main() {
	path := os.Args[1]
	opened, err := plugin.Open(path) // break: open
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	greet, _ := opened.Lookup("Greet") // break: opened
	for n := range 3 {
		fmt.Println(greet.(func(int) string)(n))
	}
}
