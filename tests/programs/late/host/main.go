// Host opens a plugin, after a while if that is asked for, and calls what is in it.
package main

import (
	"fmt"
	"os"
	"plugin"
	"time"
)

func main() {
	path := os.Args[1]
	if len(os.Args) > 2 {
		time.Sleep(3 * time.Second)
	}
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
