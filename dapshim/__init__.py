"""dapshim: a Debug Adapter Protocol proxy that makes debugging Go with Delve just work.

This file imports nothing, so that every command pays only for what it uses.
"""

__version__ = "0.1.0"
