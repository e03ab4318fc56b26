"""How do pixels on the disk become batches in a network, repeatably?

The room has no verb of its own: each of its parts is a door.
"""

from __future__ import annotations

__all__ = [
    "augmentation",
    "backend",
    "balance",
    "batches",
    "features",
    "feed",
    "joining",
    "looking",
    "transferring",
]
