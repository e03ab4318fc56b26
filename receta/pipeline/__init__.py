"""How do pixels on the disk become batches in a network, repeatably?"""

from __future__ import annotations
