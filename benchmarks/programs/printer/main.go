// Printer writes COUNT lines of 1024 bytes, one write a line.
//
// Delve 1.27.1 reads a program's output 1024 bytes at a time when outputMode is "remote", so each line becomes one output event.
// Shorter lines run together: 100,000 lines of 64 bytes became 7,000 to 8,000 events.
package main

import (
	"bytes"
	"os"
	"strconv"
)

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	line := append(bytes.Repeat([]byte("x"), 1023), '\n')
	for range count {
		os.Stdout.Write(line)
	}
}
