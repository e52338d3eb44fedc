// Command tower strikes an hour: it starts the program bell, which lies beside it, and waits until that has ended.
package main

import (
	"flag"
	"log"
	"os"
	"os/exec"
	"strconv"
)

func main() {
	hour := flag.Int("hour", 3, "`hour` to strike, 1 to 12")
	flag.Parse()
	if *hour < 1 || *hour > 12 {
		log.Fatalf("tower: -hour %d: a clock has 12", *hour)
	}

	// The bell is a program of its own, so none of its code is in this one. // break: comment
	bell := exec.Command(beside("bell"), strconv.Itoa(*hour))
	bell.Stdout, bell.Stderr = os.Stdout, os.Stderr
	if err := bell.Run(); err != nil {
		log.Fatalf("tower: bell: %v", err)
	}
}
