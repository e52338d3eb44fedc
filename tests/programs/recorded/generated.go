package main

//line page.tmpl:3
//go:noinline
func fromTemplate(n int) int {
	return n * 3
}
