package shape

import "testing"

func TestArea(t *testing.T) {
	if (Square{2}).Area() != 9 {
		t.Fail()
	}
}
