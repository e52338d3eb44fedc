"""All that is known about Go's toolchain and workspace, from files: what `go` would run, see and build, without asking it.

The rules are those of cmd/go (read in the sources of Go 1.26) and the tests hold each of them against the real `go`. This room
knows no Delve, no message and no Trio; it starts nothing. What it reads comes through `files.Files`.
"""
