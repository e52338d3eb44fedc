// Package tiny has no function of its own left in an optimised program.
package tiny

var count int

func Next(n int) int {
	count += n
	return count
}
