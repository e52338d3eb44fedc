// Command walk has what a debugger steps through: calls, inlined ones, loops, closures, goroutines, defers and panics.
package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

var started = starting() // break: variable

func starting() int {
	return len(os.Args) // break: starting
}

func init() {
	started += 10 // break: init
}

func tiny(x int) int { return x * 3 } // break: tiny

//go:noinline
func middle(n int) int {
	total := n // break: middle
	for i := 0; i < 3; i++ {
		total += tiny(i) // break: loop
	}
	return total
}

//go:noinline
func recursive(n int) int {
	if n == 0 {
		return 0 // break: bottom
	}
	below := recursive(n - 1) // break: down
	return below + n
}

type shape interface{ area() int }

type square struct{ side int }

//go:noinline
func (s square) area() int {
	return s.side * s.side // break: area
}

//go:noinline
func largest[T int | float64](values ...T) T {
	var most T
	for _, value := range values {
		if value > most {
			most = value // break: generic
		}
	}
	return most
}

//go:noinline
func mended() (err error) {
	defer func() {
		if told := recover(); told != nil {
			err = errors.New(fmt.Sprint(told)) // break: recovered
		}
	}()
	fail()
	return nil
}

//go:noinline
func fail() {
	panic("for a reason") // break: panic
}

func work(jobs <-chan int, done *sync.WaitGroup) {
	defer done.Done()
	for job := range jobs {
		middle(job) // break: worker
	}
}

func main() { // break: function
	fmt.Println("begun", started) // break: main
	sum := middle(4)              // break: call
	sum += recursive(3)           // break: recursion
	var s shape = square{3}
	sum += s.area() // break: interface
	sum += largest(1, 5, 2)
	double := func(x int) int {
		return x * 2 // break: closure
	}
	sum += double(sum)
	jobs := make(chan int)
	var done sync.WaitGroup
	for started := 0; started < 3; started++ {
		done.Add(1)
		go work(jobs, &done)
	}
	for i := 0; i < 6; i++ {
		jobs <- i
	}
	close(jobs)
	done.Wait() // break: waited
	err := mended()
	fmt.Println(sum, err) // break: last
} // break: end
