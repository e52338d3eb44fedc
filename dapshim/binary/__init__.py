"""What an executable tells of itself: which files it was built from, by whom, and with what.

PURE: bytes come through `ByteSource`, ranges of a file or of a running target's memory. It knows no Delve, no workspace, and
not where a file is on this machine.
"""
