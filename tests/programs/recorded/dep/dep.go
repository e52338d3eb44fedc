package dep

//go:noinline
func Half(n int) int { return n / 2 }
