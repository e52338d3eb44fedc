// Package pricing knows what the shop's products cost and which discounts its customers get.
package pricing

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

//go:embed prices.csv
var priceList string

// catalogue is filled before any init function and long before main.main runs.
var catalogue = mustStock(priceList)

// Products returns the names of everything that is for sale, sorted.
func Products() []string {
	return slices.Sorted(maps.Keys(catalogue))
}

// UnitPrice returns what one piece of a product costs.
func UnitPrice(product string) (Cents, error) {
	price, ok := catalogue[product]
	if !ok {
		return 0, fmt.Errorf("no product %q", product)
	}
	return price, nil
}

// mustStock ends the program when the embedded price list is wrong, since nothing can be sold then.
func mustStock(list string) map[string]Cents {
	products, err := stock(list)
	if err != nil {
		panic(err)
	}
	return products // break: package variable
}

func stock(list string) (map[string]Cents, error) {
	products := map[string]Cents{}
	for number, line := range strings.Split(list, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		product, price, ok := strings.Cut(line, ",")
		cents, err := strconv.ParseInt(price, 10, 64)
		if !ok || err != nil || cents <= 0 {
			return nil, fmt.Errorf("price list, line %d: %q is not \"product,cents\"", number+1, line)
		}
		products[product] = Cents(cents)
	}
	return products, nil
}
