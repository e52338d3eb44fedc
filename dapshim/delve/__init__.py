"""All that is known about dlv as a process: where it is, how it is started and ended, what it leaves behind.

This room knows nothing of sessions, messages or the proxy; it imports only the standard library, attrs and trio.
"""
