"""Which column of a table of pixels is the label, and why that one?"""

from __future__ import annotations

import re

from receta.core import naming
from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.sources import Options
from receta.sources.columns import label_choice, label_facts
from receta.sources.parts import part_columns
from receta.sources.pixel_tables.first_lines import (
    IDS,
    MOST_ASIDE,
    Sampled,
    counts_rows,
    is_square,
    is_unnamed,
)

LABELS = ("label", "class", "target", "y")  # names of a label column, the first one there counts
_SURE_ROWS = 10  # from so many on, cells of a label come back
_MOSTLY = 0.9  # of the cells alike: a pixel at the border of the pictures


def choose_label(
    table: Sampled, packed: int | None, group: int | None, options: Options
) -> tuple[int, str]:
    """Position of the column of the label, and why it is that one."""
    header, width = table.header, table.width
    if options.label is not None:
        return _find_named(table.place, header, width, options.label), "as --label says"
    lower = [name.lower() for name in header]
    named = [
        lower.index(name)
        for name in LABELS
        if name in lower and lower.index(name) not in (packed, group)
    ]
    if len(named) > 1:
        facts, held = table.facts(named)
        chosen = label_choice.choose(table.place, facts, held)
        if chosen.label is not None:
            return chosen.label, chosen.why
    if named:
        return named[0], "by its name"
    if header and (packed is not None or table.counted):
        beside = [
            at
            for at in range(width)
            if at != group and at != packed and not (packed is None and at in table.counted)
        ]
        beside = [at for at in beside if not is_unnamed(header[at]) and table.plain(at) not in IDS]
        if len(beside) == 1:
            return beside[0], "it stands beside the pixels"
        if beside:
            beside = beside[: 8 * MOST_ASIDE]
            facts, held = table.facts(beside)
            parts = part_columns.find(
                [header[at] for at in beside], lambda at: part_columns.few(held[at]), set()
            )
            left = [at for at in range(len(beside)) if at not in parts.columns]
            if len(left) == 1:
                return beside[left[0]], "it stands beside the pixels"
            chosen = label_choice.choose(
                table.place, [facts[at] for at in left], [held[at] for at in left]
            )
            if chosen.label is not None:
                return chosen.label, chosen.why
        if packed is not None or is_square(len(table.counted)):
            raise InputError(
                f"{table.place} has no column of labels beside its pixels; expected one. Add it, "
                "or name a column with --label."
            )
    words = [
        at
        for at in table.words
        if at != group and not (header and (is_unnamed(header[at]) or table.plain(at) in IDS))
    ]
    if len(words) == 1:
        return words[0], "the column of words"
    if len(words) > 1 and len(words) < width / 2:
        facts, held = table.facts(words[:MOST_ASIDE])
        chosen = label_choice.choose(table.place, facts, held)
        if chosen.label is not None:
            return chosen.label, chosen.why
    return _first_or_last(table, group)


def _first_or_last(table: Sampled, group: int | None) -> tuple[int, str]:
    """The label among numbers alone: the first column or the last one."""
    ends = [
        at
        for at in range(table.width)
        if at != group
        and not (table.header and (is_unnamed(table.header[at]) or table.plain(at) in IDS))
    ]
    if (
        not table.header
        and len(ends) > 2
        and counts_rows(table.rows, ends[0])
        and is_square(len(ends) - 2)
    ):
        ends = ends[1:]
    pair = list(dict.fromkeys((ends[0], ends[-1])))
    facts, _ = table.facts(pair)
    fit = [one for one in facts if one.whole and one.repeats]
    if len(fit) == 2:
        counted = [one for one in fit if _runs_on(one)]
        fit = counted if len(counted) == 1 else fit
    if len(fit) == 2:
        varied = [one for one in fit if max(one.counts.values()) < _MOSTLY * one.n]
        fit = varied if len(varied) == 1 else fit
    if len(fit) == 1:
        which = "first" if fit[0].at == pair[0] else "last"
        return fit[0].at, f"the {which} one: few whole numbers that come back"
    if all(one.n < _SURE_ROWS for one in facts):
        return pair[0], "the first one, for want of a better sign"
    held = (
        "both hold few whole numbers that come back"
        if fit
        else "neither holds few whole numbers that come back"
    )
    names = [repr(table.header[at]) if table.header else f"column-{at + 1}" for at in pair]
    raise InputError(
        f"{table.place}: which column holds the label, the first ({names[0]}) or the last "
        f"({names[-1]}), is not clear: {held}; expected "
        f"a column called label. Name it: --label {names[0]} or --label {names[-1]}."
    )


def _runs_on(one: label_facts.Facts) -> bool:
    """Whether whole numbers are 0, 1, 2 ... or 1, 2, 3 ..., as numbers of classes are."""
    values = sorted(float(cell) for cell in one.counts)
    return values[0] in (0, 1) and values[-1] - values[0] == len(set(values)) - 1


def _find_named(place: str, header: tuple[str, ...], width: int, label: str) -> int:
    """Position of the column that --label names: by name, by number from 1, or -1 for the last."""
    if label in header:
        return header.index(label)
    number = re.fullmatch(r"(?:column-)?([0-9]{1,9})|(-[0-9]{1,9})", label)
    at = int(number[1] or number[2]) if number else 0
    if 1 <= abs(at) <= width:
        return at - 1 if at > 0 else width + at
    if header:
        named = naming.first_few([name for name in header if name], 4)
        raise InputError(
            f"{place} has no column {label!r}; expected one of {named}.{nearest(label, header)} "
            "Change --label."
        )
    raise InputError(
        f"{place} has no header, so --label {label} names no column; expected a number 1 to "
        f"{width} (-1 is the last). Change --label."
    )
