// Package shape lies in a folder whose name has a dot, which symbols escape.
package shape

type Square struct{ Side int }

//go:noinline
func (s *Square) Grow() { s.Side++ }

//go:noinline
func (s Square) Area() int {
	s.Grow()
	return s.Side * s.Side
}

type Area interface{ Area() int }

//go:noinline
func Described(a Area) int {
	return a.Area()
}

//go:noinline
func Sum[N int | float64](all []N) N {
	var sum N
	for _, n := range all {
		sum += n
	}
	return sum
}
