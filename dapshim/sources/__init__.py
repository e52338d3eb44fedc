"""Which local file a recorded one is, and back: `PathMap` with its two verbs, and `infer`, which makes it from facts.

PURE: files are read through `dapshim.golang.files.Files`. It knows no Delve and no message: what a field of a message means is
its caller's business. The law of the room: never a wrong file. Where evidence is missing or tied, the answer says so.
"""
