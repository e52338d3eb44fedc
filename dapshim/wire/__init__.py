"""The protocol without I/O: bytes in, messages out, and who is owed an answer. No Trio, no clock, no logging."""
