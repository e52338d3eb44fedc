// Command orders prices the orders that arrive in a folder, several at a time, and prints a receipt for each.
//
// It looks at the folder again and again until it is interrupted; with -once it ends after the first look.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"time"

	"example.com/shop/pricing"
)

func init() {
	pricing.RegisterDiscount("student", 10) // break: init
	pricing.RegisterDiscount("staff", 25)
}

func main() {
	folder := flag.String("inbox", "inbox", "`folder` in which the orders arrive")
	workers := flag.Int("workers", 3, "`number` of orders that are priced at the same time")
	every := flag.Duration("every", 2*time.Second, "`time` between two looks at the inbox")
	once := flag.Bool("once", false, "end after the first look at the inbox")
	flag.Parse()
	if *workers < 1 {
		log.Fatalf("orders: -workers %d: somebody must work", *workers)
	}

	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	arrivals := inbox{folder: *folder}
	for {
		orders, err := arrivals.collect() // break: main
		if err != nil {
			log.Fatalf("orders: %v", err)
		}
		receipts := serve(orders, *workers)
		printReceipts(os.Stdout, receipts)
		if *once {
			return
		}
		select {
		case <-interrupted.Done():
			return
		case <-time.After(*every):
		}
	}
}
