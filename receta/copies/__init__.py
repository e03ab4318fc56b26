"""Which examples are there twice: the same one, or one that was turned, cut or saved anew?

`equal` finds the same, `alike` near-copies of pictures; `grouping` says which part of the ids
they share.
"""

__all__ = ["aligned", "alike", "candidates", "equal", "grouping", "same_rows", "thumbs"]
