"""How do the columns of a table become the cells that a network takes? The engine of `rows`."""

from __future__ import annotations

from receta.kinds.cells.inputs import Rows, columns_of, rows_of
from receta.kinds.cells.layers import Opened, open_cells
from receta.kinds.cells.reading import fill_cells, find_junk, read_value, refuse_other_kinds
from receta.kinds.cells.telling import tell_cells, tell_rare, tell_uses

__all__ = [
    "Opened",
    "Rows",
    "columns_of",
    "fill_cells",
    "find_junk",
    "open_cells",
    "read_value",
    "refuse_other_kinds",
    "rows_of",
    "tell_cells",
    "tell_rare",
    "tell_uses",
]
