module example.com/kiln/controller

go 1.25

// No version was ever published: go.work says where the source is.
require example.com/kiln/curve v0.0.0
