"""Which errors can receta raise, and with which exit code does each end?

RecetaError                 2   one base: catch it and you caught everything of ours
├── InputError              2   the data: empty, unreadable, ragged, one class only ...
├── RecipeError             2   a setting: unknown key, value out of bounds ...
├── UnknownName             2   no such source, rung, check, target ...; names the nearest
├── RunError                2   a run folder: in use, of another version, other data or recipe
├── MissingExtra            2   an optional package that is not installed; names the extra
├── DiskFull                2   no room left while writing; what stood before still stands
├── CheckFailed             1   nothing passed the checks; findings say why
├── DataRefused             1   a column gives the answer away; a finding says which
├── ExportRefused           1   an export that is not equal to its model
│   └── Uncalibrated        2   nothing to calibrate and judge a smaller one on; an option gives it
└── Interrupted           130   Ctrl-C or SIGTERM; the same command goes on

Every text says what was received, what was expected and what to do, in one line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from receta.core.finding import Finding


class RecetaError(Exception):
    """Base of all errors that receta raises on purpose."""

    exit_code = 2


class InputError(RecetaError):
    """The data cannot be used as they are."""


class RecipeError(RecetaError):
    """A setting has an unknown name or a value out of its bounds."""


class UnknownName(RecetaError):
    """No entry of that name stands on the shelf."""


class RunError(RecetaError):
    """A run folder cannot be used for what was asked."""


class MissingExtra(RecetaError):
    """An optional package is needed and not installed."""


class DiskFull(RecetaError):
    """There is no room left on the disk; nothing written before is lost."""


class CheckFailed(RecetaError):
    """No rung passed the checks, so there is no model to hand over."""

    exit_code = 1


class DataRefused(RecetaError):
    """The data give the answer away, so a result would be better than the truth."""

    exit_code = 1

    def __init__(self, text: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(text)
        self.findings = tuple(findings)


class ExportRefused(RecetaError):
    """An export did not agree with its model and was taken away again."""

    exit_code = 1


class Uncalibrated(ExportRefused):
    """Neither data nor the network tell what a smaller variant is to be calibrated and judged
    on.
    """

    exit_code = 2


class Interrupted(RecetaError):
    """The user stopped the work; the same command goes on from there."""

    exit_code = 130
