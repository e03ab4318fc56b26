"""What is wrong with the data? The shelf of audits, and its door `audit`.

Verdicts: `fail` is what would make the reported result better than the truth, so that
nobody should go on with it; `warn` is what costs accuracy or needs a person's eye.
Each audit is one file; no finding repeats what another one says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.dataset import Dataset
from receta.core.finding import Finding
from receta.core.progress import Progress, Quiet
from receta.core.registry import Shelf

if TYPE_CHECKING:
    from receta.pixels import Pixels

SHELF = Shelf("receta.audits", "audit")


def audit(data: Dataset, *, pixels: Pixels | None = None, progress: Progress = Quiet()) -> list[Finding]:  # noqa: B008
    """Look for what is wrong with the data; nothing is changed.

    pixels: the decoded pictures of the same source, so that they are not decoded twice.
    Every audit gives one finding or more, `ok` where nothing is wrong.
    Raises InputError when no picture at all can be read.
    """
    if pixels is None:
        from receta.pixels import decode

        pixels = decode(data, progress=progress)
    findings: list[Finding] = []
    with progress.bar("auditing", len(SHELF.names()), "audits") as bar:
        for name in SHELF.names():
            findings += getattr(SHELF.module(name), name)(data, pixels)
            bar.advance()
    return findings
