// Printer prints as many bytes as its argument says, in numbered lines of 100 bytes.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

func main() {
	bytes, _ := strconv.Atoi(os.Args[1])
	out := bufio.NewWriterSize(os.Stdout, 64*1024) // break: main
	filling := strings.Repeat("x", 90)
	for line := 0; line < bytes/100; line++ {
		fmt.Fprintf(out, "%08d %s\n", line, filling)
	}
	out.Flush()
}
