// Package sum is another package of the same module, which has flags of its own.
package sum

func add(a, b int) int {
	return a + b // LINE
}

// Of adds up.
//
//go:noinline
func Of(items []int) int {
	base := 0
	total := base // LINE
	for _, item := range items {
		total = add(total, item)
	}
	return total // STOP
}
