"""How does what a request says become what a network takes? A reader for each way of saying it."""

from __future__ import annotations

from typing import Any

from receta import kinds
from receta.core.predictor import Predictor
from receta.server.limits import Limits
from receta.server.reading.pictures import PictureReader
from receta.server.reading.reader import SMALL as SMALL
from receta.server.reading.reader import Given as Given
from receta.server.reading.reader import Reader as Reader
from receta.server.reading.reader import Tensor as Tensor
from receta.server.reading.values import ValueReader


def reader_of(predictor: Predictor, limits: Limits) -> Reader:
    """What reads for a network: the examples that are seen come as files, all others as JSON."""
    kind: Any = kinds.of_model(predictor)
    if kind.NOUN.is_seen:
        return PictureReader(predictor, limits)
    return ValueReader(kind, predictor, limits)
