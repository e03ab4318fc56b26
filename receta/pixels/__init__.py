"""How is every picture decoded once, in parallel, into a cache that all rooms share?"""

from __future__ import annotations

from receta.pixels.cache import decode
from receta.pixels.inputs import FACTS, Pixels
from receta.pixels.sizes import PHOTO_SIZE, SMALL_SIZE, network_size

__all__ = ["FACTS", "PHOTO_SIZE", "SMALL_SIZE", "Pixels", "decode", "network_size"]
