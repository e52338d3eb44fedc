module example.com/dapshim/benchmarks

go 1.25
