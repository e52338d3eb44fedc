"""From facts to findings: what will not work, why, and the one command that mends it. PURE.

A rule is one function from facts to findings. Facts are given: of an executable by `dapshim.binary.facts`, what else is
known by `facts.py`. This room reads nothing, runs nothing, and knows no message of DAP.
"""
