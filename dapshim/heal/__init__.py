"""Mends what can be mended, on copies of its own and never on the person's file; each heal looks at its result before its use.

It knows executables and the go command. It knows no dlv, no session and no message: who runs a go command, and in which
environment, is passed in.
"""
