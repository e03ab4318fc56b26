"""How does a value show itself in a notebook?

The drawing lives in the room of the report, above this one: it is looked up by its name when a
notebook asks, so that no import runs up and nothing is loaded elsewhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from receta.core.errors import MissingExtra


class Shown:
    """Base of what a notebook draws: pictures, tables and curves, static and without a script."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        html: str = importlib.import_module("receta.report.notebook").draw(self)
        return html


def as_frame(rows: Sequence[dict[str, Any]]) -> Any:
    """A pandas DataFrame of plain rows; MissingExtra where pandas is not installed."""
    try:
        import pandas
    except ImportError as error:
        raise MissingExtra(
            "a frame needs pandas, which is not installed; expected the extra notebook. Run: pip "
            "install 'receta[notebook]'"
        ) from error
    return pandas.DataFrame(list(rows))
