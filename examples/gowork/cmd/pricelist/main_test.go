package main

import (
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	var out strings.Builder
	if err := list(&out, []string{"tea", "kettle"}); err != nil {
		t.Fatal(err)
	}
	if want := "tea            4.95\nkettle        39.99\n"; out.String() != want {
		t.Errorf("list wrote %q, want %q", out.String(), want)
	}
}

func TestListRefusesWhatIsNotForSale(t *testing.T) {
	var out strings.Builder
	if err := list(&out, []string{"moon"}); err == nil {
		t.Errorf("list wrote %q, want an error", out.String())
	}
}
