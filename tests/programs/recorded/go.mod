module example.com/recorded

go 1.20

require example.com/dep v1.2.3

replace example.com/dep v1.2.3 => ./dep
