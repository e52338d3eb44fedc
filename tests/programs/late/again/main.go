// Again begins once more in another image: it replaces itself, or starts a child.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func init() {
	begun = true // break: init
}

func init() {
	if len(os.Args) > 1 && os.Args[1] != "elsewhere" {
		runtime.LockOSThread() // main runs on the first thread: Delve follows no other that replaces the program
	}
}

var begun = false

//go:noinline
func work(name string) {
	fmt.Println(name, "works") // break: work
}

func main() {
	how, count := os.Args[1], len(os.Args)
	if count > 9 { // break: count
		return
	}
	switch how {
	case "exec", "twice":
		self, _ := os.Executable()
		next := map[string]string{"exec": "last", "twice": "exec"}[how]
		fmt.Println(syscall.Exec(self, []string{self, next}, os.Environ()))
	case "other":
		fmt.Println(syscall.Exec(os.Args[2], os.Args[2:], os.Environ()))
	case "elsewhere":
		self, _ := os.Executable()
		runtime.LockOSThread()
		go func() { fmt.Println(syscall.Exec(self, []string{self, "last"}, os.Environ())) }()
		select {}
	case "fails":
		fmt.Println(syscall.Exec("/nowhere", nil, nil))
	case "starts":
		child := exec.Command(os.Args[2], os.Args[3:]...)
		child.Stdout = os.Stdout
		fmt.Println(child.Run()) // break: starts
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
