"""Which examples are there twice: the same one, or one that was turned, cut or saved anew?

`equal` finds the same, `alike` near-copies of pictures, to which `near` gives a name;
`grouping` says which part of the ids they share.
"""

__all__ = [
    "aligned",
    "alike",
    "candidates",
    "equal",
    "grouping",
    "near",
    "same_rows",
    "texts",
    "thumbs",
]
