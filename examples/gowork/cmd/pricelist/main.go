// Command pricelist prints what the shop sells and at which price.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"example.com/shop/pricing"
)

func main() {
	if err := list(os.Stdout, pricing.Products()); err != nil { // break: pricelist
		log.Fatalf("pricelist: %v", err)
	}
}

func list(out io.Writer, products []string) error {
	for _, product := range products {
		price, err := pricing.UnitPrice(product)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-10s %8s\n", product, price)
	}
	return nil
}
