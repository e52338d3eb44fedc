// Package table has no function but the one that fills its variable.
package table

var names = []string{"none", "some"}

var Weight = map[string]int{names[0]: 1, names[1]: len(names)}
