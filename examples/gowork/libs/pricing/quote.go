package pricing

import "fmt"

// Cents is an amount of money in hundredths of the shop's currency.
type Cents int64

func (c Cents) String() string {
	return fmt.Sprintf("%d.%02d", c/100, c%100)
}

// Line is one line of an order: so many pieces of one product.
type Line struct {
	Product  string `json:"product"`
	Quantity int    `json:"quantity"`
}

// Quote is what an order costs.
type Quote struct {
	Net      Cents
	Discount Cents
	Total    Cents
}

// discounts maps the name of a discount to its per cent. Programs register theirs before they price anything.
var discounts = map[string]int{}

// RegisterDiscount makes a discount known under a name. It is meant to be called from init functions, and panics when
// the name is taken or the discount is not between 1 and 100 per cent.
func RegisterDiscount(name string, percent int) {
	if _, taken := discounts[name]; taken || percent < 1 || percent > 100 {
		panic(fmt.Sprintf("pricing: discount %q of %d per cent", name, percent))
	}
	discounts[name] = percent
}

// Price adds up the lines of an order and takes off the named discount; "" is none.
func Price(lines []Line, discount string) (Quote, error) {
	var quote Quote
	for _, line := range lines {
		unit, err := UnitPrice(line.Product)
		if err != nil {
			return Quote{}, err
		}
		if line.Quantity < 1 {
			return Quote{}, fmt.Errorf("%d pieces of %q", line.Quantity, line.Product)
		}
		quote.Net += unit * Cents(line.Quantity) // break: library
	}
	if discount != "" {
		percent, ok := discounts[discount]
		if !ok {
			return Quote{}, fmt.Errorf("no discount %q", discount)
		}
		quote.Discount = quote.Net * Cents(percent) / 100
	}
	quote.Total = quote.Net - quote.Discount
	return quote, nil
}
