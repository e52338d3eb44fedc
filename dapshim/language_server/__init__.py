"""The language server: findings where they are caused, before F5, and the process that hosts the editor's debug sessions.

It speaks LSP by pygls, on Trio. It makes no rule: what it shows is what `dapshim.diagnose` finds, for the doctor likewise.
Nobody imports this room but the command that starts it, and nothing on the way of a debug session needs it.
"""
