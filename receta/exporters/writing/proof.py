"""Is what was written close enough to its network, and what is said where it is not?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from receta.core.errors import (
    ExportRefused,
)
from receta.exporters.evidence.made_up import MadeUp
from receta.exporters.parity import comparison
from receta.exporters.subjects.subject import Subject
from receta.exporters.writing import refusals
from receta.predictors.described import judged_words

# of a probability in float32; sound exports differ by 1e-6 at most (export facts, section 1)
TOLERANCE = 1e-4


# of the range of a column of values: rounding within a network may be more than 1e-4 of one that
# hardly moves
COLUMN = 1e-2


def prove(name: str, subject: Subject, parity: comparison.Parity, tolerance: float | None) -> None:
    """ExportRefused, with figures, unless the file equals its network, or loses little where it
    is smaller.

    tolerance: share of accuracy, or of the range of a column of values, that may be lost; None
    where nothing may.
    """
    decided = parity.validation
    on = f"{decided.n} {judged_words(parity.validation.on)}"
    if tolerance is None:
        first = max(parity.everywhere, key=lambda one: _as_bad(one.worst))
        values = not first.is_share
        # never NaN
        if all(
            one.plain <= TOLERANCE and (one.is_share or one.worst <= COLUMN)
            for one in parity.everywhere
        ):
            return
        unit = "of the range" if values else "in a probability"
        measure = f"differs from its network by {first.worst:.2g} {unit}{_where(subject, first)}"
        expected = (
            f"at most {COLUMN:g}, and {TOLERANCE:g} of the largest value"
            if values
            else f"at most {TOLERANCE:g}"
        )
        advice = "choose another target"
        guess = refusals.suspect(subject.model)
        if guess is not None:
            measure, advice = (
                f"{measure}, likely because of {guess}",
                f"{refusals.advice(guess)}, or choose another target",
            )
    else:
        expected, advice = (
            f"at most {tolerance:.2%} lost",
            "choose another variant, or allow more with --tolerance",
        )
        if isinstance(subject.evidence, MadeUp):
            advice = (
                "choose another variant, judge on real rows with --calibrate DATA, or allow "
                "more with --tolerance"
            )
        columns = [
            one
            for one in decided.outputs
            if one.off is not None and (not one.is_share or subject.thresholds is None)
        ]
        worst = max(columns, key=lambda one: _as_bad(one.off), default=None)
        classified = decided.lost is None or decided.lost <= tolerance
        if (
            classified
            and (worst is None or _as_bad(worst.off) <= tolerance)
            and np.isfinite(parity.max_gap)
        ):
            return
        if classified and worst is not None:
            share = "of its range" if not worst.is_share else "of a probability"
            measure = (
                f"is off{_where(subject, worst, always=True)} by {worst.off:.2%} {share} "
                f"(root mean square over {on})"
            )
            expected = f"at most {tolerance:.2%} for each column"
        else:
            lost = 1.0 if decided.lost is None else decided.lost
            least = min(
                (one for one in decided.outputs if one.same is not None),
                key=lambda one: one.same or 0,
                default=None,
            )
            where = (
                f" in the output {least.name}"
                if least is not None and len(subject.outputs) > 1
                else ""
            )
            measure = (
                f"differs from its network by {parity.max_gap:.2g} in a probability and "
                f"loses up to {lost:.3%} of accuracy{where}"
            )
    figures = (
        f" (accuracy {decided.accuracy:.4f}, Keras {decided.reference_accuracy:.4f})"
        if decided.accuracy is not None
        else ""
    )
    same = (
        ""
        if decided.top_agreement is None
        else f" and names the same class for {decided.top_agreement:.2%} of {on}"
    )
    raise ExportRefused(
        f"the {name} file {measure}{same}{figures}; expected {expected}. Nothing was written: "
        f"{advice}."
    )


def _as_bad(off: float | None) -> float:
    """What is not a number is as bad as can be."""
    return float("inf") if off is None or np.isnan(off) else off


def _where(subject: Subject, off: comparison.Off, *, always: bool = False) -> str:
    """The output, where there are several, and the column of values, where there are several."""
    shape = next(one.shape for one in subject.outputs if one.name == off.name)
    several, columns = len(subject.outputs) > 1, shape[-1] if shape else 1
    named = len(shape) == 1 and not several and len(subject.class_names) == columns
    column = subject.class_names[off.column] if named else str(off.column)
    words = [f"in the output {off.name}"] if several or (always and columns == 1) else []
    if columns != 1 and off.gives != "classes":
        words.append(f"in column {column}{'' if several else f' of {columns}'}")
    return f" {', '.join(words)}" if words else ""


def say_uncalibrated(names: Sequence[str], subject: Subject) -> str:
    """Why smaller variants cannot be proven, and what to give."""
    untold = ", ".join(subject.evidence.untold)
    pixels = len(subject.inputs) == 1 and len(subject.inputs[0].shape) == 3
    hint = (
        "--pixels 0..1 (or 0..255, -1..1) for pictures, or --calibrate DATA"
        if pixels
        else "--calibrate DATA (.npz, .npy or .csv)"
    )
    return (
        f"{', '.join(names)} would be calibrated and judged on values that are made up: nothing "
        f"tells which values {subject.where.name} takes ({untold}); expected real rows, or a first "
        f"layer that scales. Give {hint}."
    )
