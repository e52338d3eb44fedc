// Package sum is another package of the same module, which has flags of its own.
package sum

func add(a, b int) int {
	return a + b // LINE
}

//go:noinline
func limit(n int) int {
	return n - 1
}

// Of adds up.
//
//go:noinline
func Of(items []int) int {
	half := len(items) / 2
	base := limit(half)
	total := base // LINE
	for _, item := range items {
		total = add(total, item)
	}
	return total // STOP
}
