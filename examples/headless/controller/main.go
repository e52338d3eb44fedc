// Command controller fires a kiln, again and again, faster than any kiln can; with -once it fires once and ends.
package main

import (
	"flag"
	"os"
	"time"

	"example.com/kiln/curve"
)

func main() {
	once := flag.Bool("once", false, "fire once and end")
	flag.Parse()
	for {
		fire(os.Stdout, curve.Bisque) // break: firing
		if *once {
			return
		}
		time.Sleep(time.Second)
	}
}
