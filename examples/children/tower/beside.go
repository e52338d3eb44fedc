//go:build !windows

package main

import (
	"log"
	"os"
	"path/filepath"
)

// beside returns the path of a program that lies in the folder of this one.
func beside(name string) string {
	self, err := os.Executable()
	if err != nil {
		log.Fatalf("tower: %v", err)
	}
	return filepath.Join(filepath.Dir(self), name)
}
