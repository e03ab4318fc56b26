"""Which cells of a table hold a text where a number or a date belongs?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset, Quarantined
from receta.data.table import Column
from receta.probing.columns import MOST_NAMED, counted, few, find_touched, ids_at, step_texts

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("images", "table", "series")
AFTER = "left_out"
QUESTION = "Does every cell fit its column?"
FINDS = "texts in columns of numbers (`fwefew`), ragged lines"
WARNS = "any"
EACH_SERIES = True
UNIT = "rows"
BOUND = 0  # a text among numbers is never meant; the readers call it junk up to a tenth of a column

# What readers of lines say of a line that they left out. Of pictures in files they speak otherwise.
_TEXT = re.compile(
    r"line \d+, .* holds (?P<text>.+); expected a .*number|its target \(.*\) is no \w+: "
    r"(?P<target>.+)",
    re.S,
)
_RAGGED = re.compile(r"(line \d+ )?has \d+ cells?; expected \d+|opens a quote that is not closed")
_EMPTY = re.compile(r"line \d+, .* (is empty|holds nothing); expected a")
_SPOILT = re.compile(r"line \d+ (is no UTF-8 at byte|cannot be read; expected numbers)")


def junk_cells(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Rows with a cell that does not fit its column, column by column.

    `ids`: all of these rows; `shown`: the texts and how often each is there. Rows that the
    reader left out because of a cell, or for having too many or too few, are one finding.
    """
    findings = [_in_column(data, column) for column in data.channels if column.junk]
    findings += _left_out(_strays(data), len(data))
    return findings or [Finding("junk_cells", "ok", 0, UNIT, str(BOUND))]


def concerns(data: Dataset) -> bool:
    """Whether the data have cells: pictures have, where they come from a CSV."""
    from_csv = repr(data.source).startswith("csv_pixels(")
    return not data.is_seen or from_csv or any(is_junk(stray.reason) for stray in _strays(data))


def _strays(data: Dataset) -> Sequence[Quarantined]:
    return data.left_out or tuple(getattr(data.source, "strays", ()))


def is_junk(reason: str) -> bool:
    """Whether the reason why a row was left out is a cell of it, or how many it has."""
    return any(pattern.match(reason) for pattern in (_TEXT, _RAGGED, _EMPTY, _SPOILT))


def _in_column(data: Dataset, column: Column) -> Finding:
    rows = np.array(sorted(row for row in column.junk if 0 <= row < len(column)), np.int64)
    texts = Counter(column.junk[int(row)] for row in rows).most_common()
    kind = f"{column.kind}s"
    times = getattr(data.source, "times", None)
    at = f", at {few(step_texts(times[rows]))}" if times is not None else ""
    return Finding(
        "junk_cells",
        "warn",
        len(rows),
        UNIT,
        str(BOUND),
        f"column {column.name!r}: {counted(len(rows), 'cells')} of {len(column):,} "
        f"{'are' if len(rows) != 1 else 'is'} "
        f"no {column.kind}: {few([text[:40] for text, _ in texts])}{at}",
        ids_at(data, find_touched(data, rows), len(data)),
        advice=f"One such cell makes other readers take all {kind} of the column for texts. Mend "
        "the file, or let the cells "
        f"count as missing or leave their rows out (receta clean --fix junk_cells).",
        facts=Facts(column=column.name),
        shown={
            "column": column.name,
            "texts": {text[:80]: n for text, n in texts[:MOST_NAMED]},
            "different": len(texts),
        },
    )


def _left_out(strays: Sequence[Quarantined], n_kept: int) -> list[Finding]:
    """One finding on the lines that the reader left out because of a cell."""
    texts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    ids: list[str] = []
    for stray in strays:
        if found := _TEXT.match(stray.reason):
            text = found["text"] or found["target"]
            texts[text[1:-1] if text[0] == text[-1] and text[0] in "'\"" else text] += 1
            kinds["with a cell that does not fit"] += 1
        elif _RAGGED.match(stray.reason):
            kinds["with too many or too few cells"] += 1
        elif _EMPTY.match(stray.reason):
            kinds["without a value in a cell"] += 1
        elif _SPOILT.match(stray.reason):
            kinds["that cannot be read"] += 1
        else:
            continue
        ids.append(stray.id)
    if not ids:
        return []
    what = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
    said = f": {few([text for text, _ in texts.most_common()])}" if texts else ""
    return [
        Finding(
            "junk_cells",
            "warn",
            len(ids),
            UNIT,
            str(BOUND),
            f"of {n_kept + len(ids):,} rows: {what}{said}",
            tuple(ids),
            advice="They are left out already, so nothing learns from them. Mend these lines in "
            "the file if they matter.",
            shown={
                "texts": dict(texts.most_common(MOST_NAMED)),
                "different": len(texts),
                "rows": dict(kinds),
            },
        )
    ]


def innocent(folder: Path) -> Dataset:
    """A table with a missing cell, and a row left out that has no target."""
    age = tiny_tables.column("age", [31.0, np.nan, 28.0, 40.0])
    return tiny_tables.table(
        [1.0, 2.0, 3.0, 4.0], [age], strays=[Quarantined("row-9", "its target (y) is missing")]
    )


def culprit(folder: Path) -> Dataset:
    """A column of numbers in which one cell holds a text."""
    age = tiny_tables.column("age", [31.0, np.nan, 28.0, 40.0], junk={1: "fwefew"})
    return tiny_tables.table([1.0, 2.0, 3.0, 4.0], [age])
