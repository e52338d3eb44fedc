package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func receipts(t *testing.T, orders []order, workers int) string {
	t.Helper()
	var out strings.Builder
	printReceipts(&out, serve(orders, workers))
	return out.String()
}

func TestTheInboxOfTheExample(t *testing.T) {
	orders, err := (&inbox{folder: "inbox"}).collect()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"0001  Ada          18.40",
		"0002  Grace        26.78",
		"0003  Edsger       11.70",
		"0004  Georges   refused: no product \"moon\"",
		"0005  Barbara      69.69",
		"",
	}, "\n")
	for _, workers := range []int{1, 3, 16} {
		if got := receipts(t, orders, workers); got != want {
			t.Errorf("with %d workers:\n%swant:\n%s", workers, got, want)
		}
	}
}

func TestAnOrderIsCollectedOnce(t *testing.T) {
	folder := t.TempDir()
	arrivals := inbox{folder: folder}
	for _, number := range []string{"1", "2"} {
		text := `{"number": "` + number + `", "lines": [{"product": "tea", "quantity": 1}]}`
		if err := os.WriteFile(filepath.Join(folder, number+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		orders, err := arrivals.collect()
		if err != nil || len(orders) != 1 || orders[0].Number != number {
			t.Errorf("collect() = %+v, %v, want order %s alone", orders, err, number)
		}
	}
}

func TestCollectNamesWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "torn.json"), []byte(`{"number": `), 0o600); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{folder: "torn.json", filepath.Join(folder, "none"): "none"} {
		if _, err := (&inbox{folder: folder}).collect(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("collect() in %s: error %v, want one that names %s", folder, err, want)
		}
	}
}
