"""What came of an export to several targets, of which some may be refused?"""

from __future__ import annotations

from dataclasses import dataclass

from receta.core.errors import ExportRefused
from receta.predictors.bundle import Bundle


@dataclass(frozen=True)
class Done:
    """The bundles that were written, and why the others were refused."""

    bundles: tuple[Bundle, ...]
    refused: tuple[ExportRefused, ...]

    def raise_refused(self) -> None:
        """ExportRefused for all that were refused, in one line; nothing where none was."""
        if self.refused:
            kind = type(self.refused[-1])
            words = " ".join(map(str, self.refused))
            raise kind(words) from ExceptionGroup("refused", list(self.refused))
