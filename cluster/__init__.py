"""Two hosts of two workers each on one machine, and what may happen to them.

`make cluster` starts them, to be looked at and broken by hand; `python -m cluster
--prove` breaks them in every way under load, and holds them to their word.
"""
