"""The launch plan: launch or attach arguments in, a complete and correct plan for dlv out.

PURE: what must be read or asked comes through `Facts`. This room knows what launch.json says and what Delve then does with it;
it knows no session, starts nothing, and changes nothing but the arguments that it returns.
"""
