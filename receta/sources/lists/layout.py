"""What does each column of a list of pictures hold, and what does each of its lines say?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from receta.core import naming
from receta.core.errors import InputError
from receta.data.dataset import Quarantined
from receta.sources import Options
from receta.sources.columns import label_choice, label_facts, label_sets
from receta.sources.columns.label_facts import NO, YES
from receta.sources.lists import file_choice
from receta.sources.parts import part_columns

SEPARATORS = "|;, "  # the first of them that any cell holds


@dataclass(frozen=True)
class Layout:
    """What the columns are for: positions; marks are the columns of 0 and 1."""

    header: tuple[str, ...]
    file: int
    label: int | None
    marks: tuple[int, ...]
    parts: part_columns.PartColumns
    group: int | None
    separator: str  # between several labels in a cell, '' where a cell holds one
    missing: frozenset[str]  # words that say that a label is missing
    notes: tuple[str, ...]  # what holds the label
    aside: tuple[str, ...]  # what was left aside


@dataclass
class Row:
    """A picture of the list: where it lies, and what is said of it."""

    line: int
    path: str
    labels: tuple[str, ...]
    part: str
    group: str


def choose_layout(place: str, sheet: file_choice.Sheet, options: Options) -> Layout:
    """What every column is for; InputError where it cannot be told."""
    header, file = sheet.header, sheet.file
    group = header.index(options.group) if options.group in header else None
    label = None if options.label is None else label_choice.find(place, header, options.label)
    columns = sheet.columns
    facts = [
        label_facts.look_at(at, name, cells)
        for at, (name, cells) in enumerate(zip(header, columns, strict=True))
    ]
    used = {at for at in (file, group, label) if at is not None}
    parts = part_columns.find(
        header,
        lambda at: part_columns.few(columns[at]),
        used,
        lambda at: next(iter(facts[at].counts), ""),
    )
    used |= {*parts.columns}
    marks: tuple[int, ...] = ()
    why = "as --label says"
    if label is None:
        rest = [one for one in facts if one.at not in used and not _is_index(one)]
        chosen = label_choice.choose(place, rest, [columns[one.at] for one in rest])
        label, marks, why = chosen.label, chosen.marks, chosen.why
    used |= {*marks, *([] if label is None else [label])}
    several = label is not None and (
        label_choice.is_several(header[label]) or options.task == "labels"
    )
    separator = _separator(facts[label].counts) if several and label is not None else ""
    missing, notes = frozenset[str](), []
    if label is not None:
        missing, said = label_sets.missing_words(facts[label].counts)
        notes = [f"column {_show_name(header[label])} holds the label ({why})", *said]
    else:
        notes = [
            f"{len(marks)} columns of 0 and 1 are the labels: "
            f"{naming.first_few([header[at] for at in marks], 3)}"
        ]
    rest_names = [header[at] or f"column-{at + 1}" for at in range(len(header)) if at not in used]
    return Layout(
        header,
        file,
        label,
        marks,
        parts,
        group,
        separator,
        missing,
        tuple(notes),
        naming.tell_aside(rest_names),
    )


def read_rows(
    place: str, sheet: file_choice.Sheet, layout: Layout, options: Options
) -> tuple[list[Row], list[Quarantined], tuple[str, ...]]:
    """All pictures, what is left out, and a line about it.

    Raises InputError for the first line that cannot be used, unless such are left out.
    """
    rows: dict[str, Row] = {}
    strays: list[Quarantined] = [Quarantined(f"line-{line}", why) for line, why in sheet.missing]
    bad: list[tuple[int, str]] = list(sheet.ragged)
    for line, cells, path in sheet.rows:
        row, wrong = _read_line(line, cells, path, layout)
        before = rows.get(row.path)
        if not wrong and before is not None and options.task == "labels":
            before.labels = tuple(dict.fromkeys((*before.labels, *row.labels)))
        elif not wrong and before is not None and {*before.labels} != {*row.labels}:
            wrong = (
                f"names {naming.printable(row.path)!r} with other labels than line "
                f"{before.line} (--task labels joins them)"
            )
        if wrong:
            bad.append((line, wrong))
        else:
            rows.setdefault(row.path, row)
    line, wrong = min(bad, default=(0, ""))
    total = len(sheet.rows) + len(sheet.ragged) + len(sheet.missing)
    if bad and options.bad_rows == "error":
        raise InputError(
            f"{place}: line {line} {wrong}; expected a picture and its labels. {len(bad):,} of "
            f"{total:,} lines "
            f"{'is' if len(bad) == 1 else 'are'} wrong: mend them, or leave such out with "
            "--bad-rows quarantine."
        )
    if not rows:
        raise InputError(f"{place} lists no picture that can be used; expected some. Mend it.")
    strays += [Quarantined(f"line-{line}", wrong) for line, wrong in bad]
    strays.sort(key=lambda stray: int(stray.id.removeprefix("line-")))
    are = "is" if len(bad) == 1 else "are"
    left_out = f"{len(bad):,} of {total:,} lines {are} left out (the first: line {line} {wrong})"
    return list(rows.values()), strays, (left_out,) if bad else ()


def _read_line(line: int, cells: Sequence[str], path: str, layout: Layout) -> tuple[Row, str]:
    """What a line says, and what is wrong with it."""
    row = Row(line, path, (), "", "")
    row.part = layout.parts.part([cells[at] for at in layout.parts.columns])
    row.group = cells[layout.group].strip() if layout.group is not None else ""
    if layout.group is not None and not row.group:
        return row, f"has no group (column {layout.header[layout.group]!r})"
    if layout.label is not None:
        cell, separator = cells[layout.label], layout.separator
        several = (part.strip() for part in (cell.split(separator) if separator else [cell]))
        row.labels = tuple(
            dict.fromkeys(part for part in several if part and part not in layout.missing)
        )
        may_be_none = label_choice.is_several(layout.header[layout.label]) or separator
        return (
            row,
            ""
            if row.labels or may_be_none
            else f"has no label (column {layout.header[layout.label]!r})",
        )
    said = [cells[at].strip().lower() for at in layout.marks]
    odd = next(
        (
            at
            for at, one in zip(layout.marks, said, strict=True)
            if one not in YES and one not in NO
        ),
        None,
    )
    if odd is not None:
        return (
            row,
            f"has {naming.printable(cells[odd])[:40]!r} in column {layout.header[odd]!r}, which "
            "is neither 0 nor 1",
        )
    row.labels = tuple(
        layout.header[at] for at, one in zip(layout.marks, said, strict=True) if one in YES
    )
    return row, ""


def _is_index(one: label_facts.Facts) -> bool:
    """Whether a column has no name, or only counts the rows."""
    if not one.name or one.name.lower().startswith("unnamed:") or not one.counts:
        return True
    return (
        one.plain in ("id", "index", "idx", "no", "nr", "row", "number", "x")
        and one.whole
        and len(one.counts) == one.n > 1
    )


def _separator(cells: Counter[str]) -> str:
    held = {mark for cell in cells for mark in SEPARATORS if mark in cell}
    return next((mark for mark in SEPARATORS if mark in held), "")


def _show_name(name: str) -> str:
    return repr(naming.printable(name[:40]))
