package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"example.com/shop/pricing"
)

type order struct {
	Number   string         `json:"number"`
	Customer string         `json:"customer"`
	Discount string         `json:"discount"`
	Lines    []pricing.Line `json:"lines"`
}

// inbox is a folder in which each *.json file is an order.
type inbox struct {
	folder string
	seen   map[string]bool
}

// collect returns the orders that were not there at the last look, in the order of their files' names.
func (i *inbox) collect() ([]order, error) {
	if _, err := os.Stat(i.folder); err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(i.folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	if i.seen == nil {
		i.seen = map[string]bool{}
	}
	var orders []order
	for _, file := range files {
		if i.seen[file] {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("inbox: %w", err)
		}
		var arrived order
		if err := json.Unmarshal(text, &arrived); err != nil {
			return nil, fmt.Errorf("inbox: %s: %w", file, err)
		}
		i.seen[file] = true
		orders = append(orders, arrived)
	}
	return orders, nil
}
