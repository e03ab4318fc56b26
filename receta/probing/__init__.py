"""What do cheap looks at the data say before anything is trained?

Rows, features and times as numbers, a small model on them, and bounds of what is usual.
"""

__all__ = ["features", "fences", "rows", "small_model", "time_grid"]
