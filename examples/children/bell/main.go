// Command bell strikes as often as its argument says.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: bell STROKES")
	}
	strokes, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatalf("bell: %v", err)
	}
	strike(os.Stdout, strokes) // break: bell
}

func strike(out io.Writer, strokes int) {
	for stroke := range strokes {
		fmt.Fprintln(out, "stroke", stroke+1)
	}
}
