"""What do cheap looks at the data say before anything is trained?

Rows, features, looks and times as numbers, a small model on them, and bounds of what is usual.
"""

__all__ = [
    "apart",
    "columns",
    "cues",
    "faults",
    "features",
    "fences",
    "looks",
    "one_column",
    "rows",
    "small_model",
    "texts",
    "written",
]
