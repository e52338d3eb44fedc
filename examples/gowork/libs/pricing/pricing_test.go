package pricing

import (
	"slices"
	"strings"
	"testing"
)

func TestTheCatalogueIsStockedBeforeAnyTestRuns(t *testing.T) {
	want := []string{"biscuits", "coffee", "kettle", "mug", "tea"}
	if got := Products(); !slices.Equal(got, want) {
		t.Errorf("Products() = %q, want %q", got, want)
	}
}

func TestStockRefusesALineWithoutAPrice(t *testing.T) {
	for _, line := range []string{"tea", "tea,", "tea,free", "tea,0", "tea,-1"} {
		_, err := stock("# comment\n" + line)
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("stock(%q): error %v, want one that names line 2", line, err)
		}
	}
}

func TestPrice(t *testing.T) {
	RegisterDiscount("friend", 20)
	tests := []struct {
		name     string
		lines    []Line
		discount string
		want     Quote
	}{
		{"nothing", nil, "", Quote{}},
		{"one line", []Line{{"tea", 2}}, "", Quote{Net: 990, Total: 990}},
		{"two lines", []Line{{"tea", 1}, {"mug", 2}}, "", Quote{Net: 2195, Total: 2195}},
		{"discount", []Line{{"kettle", 1}}, "friend", Quote{Net: 3999, Discount: 799, Total: 3200}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Price(test.lines, test.discount) // break: test
			if err != nil || got != test.want {
				t.Errorf("Price(%v, %q) = %+v, %v, want %+v", test.lines, test.discount, got, err, test.want)
			}
		})
	}
}

func TestPriceRefuses(t *testing.T) {
	tests := []struct {
		lines    []Line
		discount string
		want     string
	}{
		{[]Line{{"moon", 1}}, "", `no product "moon"`},
		{[]Line{{"tea", 0}}, "", `0 pieces of "tea"`},
		{[]Line{{"tea", 1}}, "neighbour", `no discount "neighbour"`},
	}
	for _, test := range tests {
		if _, err := Price(test.lines, test.discount); err == nil || err.Error() != test.want {
			t.Errorf("Price(%v, %q): error %v, want %q", test.lines, test.discount, err, test.want)
		}
	}
}

func TestCents(t *testing.T) {
	for cents, want := range map[Cents]string{0: "0.00", 5: "0.05", 1190: "11.90"} {
		if got := cents.String(); got != want {
			t.Errorf("%d cents are %q, want %q", int64(cents), got, want)
		}
	}
}
