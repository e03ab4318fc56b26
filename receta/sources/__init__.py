"""Where do examples come from? The shelf of sources, and its door `load`."""

from __future__ import annotations
