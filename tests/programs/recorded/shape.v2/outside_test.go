package shape_test

import (
	"testing"

	shape "example.com/recorded/shape.v2"
)

func TestOutside(t *testing.T) {
	if shape.Sum([]int{1, 2}) != 3 {
		t.Fail()
	}
}
