module example.com/shop/pricelist

go 1.25

// No version was ever published: go.work says where the source is.
require example.com/shop/pricing v0.0.0
