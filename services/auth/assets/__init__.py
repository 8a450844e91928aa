"""The documents of the look: stylesheet, mark, the little script."""
