"""Is a network that was trained on a million photos likely to help with these pictures?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta.core.seeds import rng
from receta.data.dataset import Dataset
from receta.pixels import Pixels

# Photos of things as they happen to lie vary at each place as much as a photo does in itself, and
# their mean is even;
# posed ones (hands before a wall, letters) do not: 6.0 cats and dogs, 5.8 CIFAR-10, 1.1 sign
# digits, 1.0 sign letters (LOG.md).
_VARIED = 3.0
# share of pixels that equal their neighbour; drawings and cut-outs have more: 0.57 sign letters,
# 0.14 photos (LOG.md)
_FLAT = 0.4
_SMALL = 64  # pixels: below, what a backbone has learnt of textures is not to be seen
_MANY = 50_000  # pictures from which a network of one's own learns as much
_SAMPLED = 200
_INSTALL = "Run: pip install 'receta[photos]'"


@dataclass(frozen=True)
class Advice:
    """Whether to transfer, why in words, and what was measured.

    n: pictures. side: median of the shorter sides in pixels. varied: how much pictures
    differ at a place, over how much places differ in the mean picture. flat: share of
    pixels that equal their neighbour.
    """

    transfer: bool
    why: str
    n: int
    side: int
    colour: bool
    varied: float
    flat: float

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return asdict(self)

    @property
    def photos(self) -> bool:
        """Whether they are photos, if only of posed things: in colour, large enough, and not
        too many to learn all from.
        """
        return self.colour and self.side >= _SMALL and self.n <= _MANY

    def sentence(self, rung: str = "") -> str:
        """One line, for people. rung: the pretrained network whose weights are here.

        Empty without.
        """
        if self.transfer and rung:
            return f"transfer: advised: {self.why}. `receta run` begins with {rung}."
        if self.transfer:
            return (
                f"transfer: advised: {self.why}. The weights of a network are not installed. "
                f"{_INSTALL}"
            )
        also = (
            f". `receta run` tries {rung} first all the same, then cnn."
            if self.photos and rung
            else ""
        )
        return f"transfer: not advised: {self.why}{also}"

    def without_weights(self) -> str:
        """One line where no weights are there."""
        return (
            f"photos: {self.why}, so that a pretrained network would do better; its weights are "
            "not installed. "
            f"{_INSTALL}"
        )


def advice(data: Dataset, pixels: Pixels, seed: int = 0) -> Advice:
    """What the number of pictures, their size and their look say about transfer."""
    chosen = np.sort(rng(seed, "transfer").permutation(len(data))[:_SAMPLED])
    rows = data.rows[chosen]
    seen = pixels.take(rows).astype(np.float32)
    side = int(np.median(pixels.sizes[data.rows].min(axis=1)))
    varied = float(seen.std(axis=0).mean() / max(float(seen.mean(axis=0).std()), 1e-6))
    flat = float((np.abs(np.diff(seen, axis=2)).max(axis=-1) <= 1).mean())
    colour = pixels.channels == 3
    n = len(data)
    about = f"{n:,} {'colour' if colour else 'grey'} pictures of about {side} pixels a side"
    against = [
        words
        for holds, words in (
            (not colour, "photos are in colour"),
            (side < _SMALL, f"they are smaller than {_SMALL} pixels"),
            (flat > _FLAT, f"{flat:.0%} of their pixels equal their neighbour, as in drawings"),
            (varied < _VARIED, "they are all alike in their places, as no photos of the world are"),
            (n > _MANY, f"more than {_MANY:,} teach a network of its own"),
        )
        if holds
    ]
    why = (
        f"{about}; {', and '.join(against)}"
        if against
        else f"{about}, varied as photos are and too few to learn all from"
    )
    return Advice(not against, why, n, side, colour, round(varied, 2), round(flat, 3))
