// Blob holds 7.5 MB that readMemory turns into an answer of 10 MB.
package main

import "fmt"

func main() {
	blob := make([]byte, 7_500_000)
	for i := range blob {
		blob[i] = byte(i * 31)
	}
	fmt.Println(len(blob)) // the breakpoint
}
