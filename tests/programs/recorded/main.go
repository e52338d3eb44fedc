// Package main has code of every kind that a line table records in its own way. It imports nothing, so that it is built quickly
// for any machine.
package main

import (
	"example.com/dep"
	shape "example.com/recorded/shape.v2"
	"example.com/recorded/table"
	"example.com/recorded/tiny"
)

var version = "none"

var grow func(int) int

func main() {
	square := shape.Square{Side: len(version)}
	grow = func(n int) int {
		return n + square.Area()
	}
	total := shape.Sum([]int{grow(1), dep.Half(9)})
	total += tiny.Next(len(version))
	total += table.Weight[version]
	println(version, total, shape.Described(square), fromTemplate(total))
}
