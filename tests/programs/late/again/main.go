// Again begins once more in another image: it replaces itself, or starts a child.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func work(name string) {
	fmt.Println(name, "works") // break: work
}

func main() {
	how := os.Args[1]
	switch how {
	case "exec":
		self, _ := os.Executable()
		fmt.Println(syscall.Exec(self, []string{self, "last"}, os.Environ()))
	case "child":
		self, _ := os.Executable()
		child := exec.Command(self, "last")
		child.Stdout = os.Stdout
		if err := child.Run(); err != nil {
			fmt.Println(err)
		}
	}
	work(how)
	if how == "last" {
		os.Exit(7)
	}
}
