// Gosym prints what Go's own reader of line tables makes of one: a line for each function, with tabs between name, entry, end,
// the file and line of its entry, and those of its middle.
//
//	gosym TABLE TEXT-START
package main

import (
	"debug/gosym"
	"fmt"
	"os"
	"strconv"
)

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	text, err := strconv.ParseUint(os.Args[2], 0, 64)
	if err != nil {
		panic(err)
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, text))
	if err != nil {
		panic(err)
	}
	for _, f := range table.Funcs {
		file, line, _ := table.PCToLine(f.Entry)
		middle := f.Entry + (f.End-f.Entry)/2
		at, there, _ := table.PCToLine(middle)
		fmt.Printf("%s\t%#x\t%#x\t%s\t%d\t%#x\t%s\t%d\n", f.Name, f.Entry, f.End, file, line, middle, at, there)
	}
}
