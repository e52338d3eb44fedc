package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"

	"example.com/shop/pricing"
)

type receipt struct {
	order   order
	quote   pricing.Quote
	refusal error
}

// serve prices the orders with a number of workers and returns the receipts sorted by the orders' numbers, since the
// workers finish in any order.
func serve(orders []order, workers int) []receipt {
	waiting := make(chan order)
	done := make(chan receipt, len(orders))
	var desk sync.WaitGroup
	for range workers {
		desk.Go(func() { work(waiting, done) })
	}
	for _, arrived := range orders {
		waiting <- arrived
	}
	close(waiting)
	desk.Wait()
	close(done)

	var receipts []receipt
	for priced := range done {
		receipts = append(receipts, priced)
	}
	slices.SortFunc(receipts, func(a, b receipt) int { return cmp.Compare(a.order.Number, b.order.Number) })
	return receipts
}

// work is one worker: it prices what is waiting until no more orders come.
func work(waiting <-chan order, done chan<- receipt) {
	for current := range waiting {
		quote, err := pricing.Price(current.Lines, current.Discount) // break: goroutine
		done <- receipt{order: current, quote: quote, refusal: err}
	}
}

// printReceipts writes one line for each receipt.
func printReceipts(out io.Writer, receipts []receipt) {
	for _, r := range receipts {
		if r.refusal != nil {
			fmt.Fprintf(out, "%s  %-8s  refused: %v\n", r.order.Number, r.order.Customer, r.refusal)
			continue
		}
		fmt.Fprintf(out, "%s  %-8s  %8s\n", r.order.Number, r.order.Customer, r.quote.Total)
	}
}
