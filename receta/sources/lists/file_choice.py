"""Which column of a list names the pictures, and which of its rows name one that is there?

Names that are there as they stand go before those that need a suffix, and both before numbers
that need one. Where two columns name different pictures, the user is asked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from receta.core import naming
from receta.core.errors import InputError
from receta.sources.columns import label_choice
from receta.sources.columns.label_facts import plain_name
from receta.sources.lists import list_paths
from receta.sources.lists.list_lines import Lines
from receta.sources.lists.list_paths import Files, Match
from receta.sources.trees.picture_names import is_picture_name

_SAMPLE = 200  # rows, spread over the file, by which the column is chosen
_WIDE, _LEAST_SAMPLE = 64, 10  # of more columns fewer rows are looked at
_NARROW = 8  # columns: so few are all tried
_MOST_NUMBERS = 50  # columns of numbers: more are pixels
_SURE = re.compile("image|img|file|photo|picture|path|imagen|foto|archivo|^pic")
_MAYBE = ("id", "name", "nombre", "key", "uid", "uuid")
_PIXELS = re.compile(r"\[?\s*[0-9]+(?:[\s,]+[0-9]+){3,}")
_OPTION = "--content"


@dataclass(frozen=True)
class Sheet:
    """The rows whose picture is there, and what was left of the others.

    rows: line, cells and path. missing: line and why the picture is not there. ragged:
    line and what is wrong with its cells.
    """

    header: tuple[str, ...]
    file: int
    rows: list[tuple[int, list[str], str]]
    missing: list[tuple[int, str]]
    ragged: list[tuple[int, str]]
    notes: tuple[str, ...]

    @functools.cached_property
    def columns(self) -> list[tuple[str, ...]]:
        """The cells by column, of rows whose picture is there."""
        return list(zip(*(cells for _, cells, _ in self.rows), strict=True))


def is_list(lines: Lines, files: Files, said: str | None) -> bool:
    """Whether the first lines hold a column of file names, be the files there or not."""
    header, rows, _ = _read_header(lines)
    if said is not None and said in header:
        return True
    columns = _columns(_sample(rows), len(header))
    ending = [cells for cells in columns if _ends(cells)]
    if sum(map(_holds_values, columns)) > _MOST_NUMBERS:  # pixels, unless the files are there
        return any(_share(list_paths.find_files(files, cells).matches) >= 0.5 for cells in ending)
    if ending:
        return True
    if not rows:
        return any(_SURE.search(plain_name(name)) for name in header)
    named = [
        (name, cells)
        for name, cells in zip(header, columns, strict=True)
        if _is_worth_trying(name, cells, len(header))
    ]
    if any(
        _SURE.search(plain_name(name)) and not all(map(naming.is_number, cells))
        for name, cells in named
    ):
        return True
    return any(_share(list_paths.find_files(files, cells).matches) >= 0.5 for _, cells in named)


def open_sheet(place: str, lines: Lines, files: Files, said: str | None) -> Sheet:
    """The list with its column of file names; InputError in one line where most are not there."""
    header, rows, headless = _read_header(lines)
    ragged = [
        (line, f"has {len(cells)} cells instead of {len(header)}")
        for line, cells in rows
        if len(cells) != len(header)
    ]
    whole = [(line, cells) for line, cells in rows if len(cells) == len(header)]
    if not whole:
        raise InputError(
            f"{place} has a header but no rows; expected a picture and its label a line. Name "
            "another file."
        )
    chosen = _column(place, header, whole, files, said)
    if not headless and _is_row(header, chosen, whole, files):
        whole.insert(0, lines.rows[0])  # a name without its suffix, and no header
        header, headless = tuple(f"column-{at + 1}" for at in range(len(header))), True
    found = list_paths.find_files(files, [cells[chosen] for _, cells in whole])
    if 2 * len(found.missing) > len(whole):
        raise InputError(_complaint(place, header[chosen], whole, found, files.here))
    nameless = [at for at in found.missing if found.matches[at].kind == "nameless"]
    outside = [at for at in found.missing if found.matches[at].kind == "outside"]
    wrong = {*nameless, *outside}
    ragged += [(whole[at][0], found.matches[at].why) for at in sorted(wrong)]
    missing = [(whole[at][0], found.matches[at].why) for at in found.missing if at not in wrong]
    kept = [
        (line, cells, match.path)
        for (line, cells), match in zip(whole, found.matches, strict=True)
        if match.path
    ]
    written = f" ({found.told})" if found.told else ""
    notes = [
        f"column {_show_name(header[chosen])} names the pictures: {len(kept):,} of {len(whole):,} "
        f"are there{written}"
    ]
    if headless:
        notes.insert(0, f"no header found: the columns are called column-1 to column-{len(header)}")
    if missing:
        line, why = missing[0]
        are = "is" if len(missing) == 1 else "are"
        notes.append(
            f"{len(missing):,} of {len(whole):,} lines {are} left out, for want of a picture "
            f"(the first: line {line} {why})"
        )
    return Sheet(header, chosen, kept, missing, ragged, tuple(notes))


def _is_row(
    header: Sequence[str], chosen: int, rows: Sequence[tuple[int, list[str]]], files: Files
) -> bool:
    """Whether the first line names a picture too, and says of it what is said of others."""
    if _may_name(header[chosen]) or not files.find(header[chosen]).path:
        return False
    others = [at for at in range(len(header)) if at != chosen and header[at]]
    return any(cells[at].strip() == header[at] for _, cells in rows for at in others)


def _read_header(lines: Lines) -> tuple[tuple[str, ...], list[tuple[int, list[str]]], bool]:
    """Names of the columns, the rows below them, and whether there was no header."""
    if not lines.rows:
        return (), [], True
    top = [cell.strip() for cell in lines.rows[0][1]]
    if any(map(is_picture_name, top)):
        return tuple(f"column-{at + 1}" for at in range(lines.width)), lines.rows, True
    top[0] = top[0].removeprefix("#").strip()
    if len(top) == lines.width - 1 and len(lines.rows) > 2:  # R gives the names of rows no name
        top.insert(0, "")
    return tuple(top), lines.rows[1:], False


def _sample(rows: Sequence[tuple[int, list[str]]]) -> list[list[str]]:
    width = len(rows[0][1]) if rows else 1
    most = max(_LEAST_SAMPLE, _SAMPLE * _WIDE // max(width, _WIDE))
    step = max(1, len(rows) // most)
    return [cells for _, cells in rows[::step]][: most + 1]


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """The cells that hold something, by column, of rows of the right width."""
    whole = [cells for cells in rows if len(cells) == width]
    return (
        [[cell.strip() for cell in cells if cell.strip()] for cells in zip(*whole, strict=True)]
        if whole
        else [[] for _ in range(width)]
    )


def _column(
    place: str,
    header: Sequence[str],
    rows: Sequence[tuple[int, list[str]]],
    files: Files,
    said: str | None,
) -> int:
    if said is not None:
        return label_choice.find(place, header, said, _OPTION)
    sample = _sample(rows)
    columns = _columns(sample, len(header))
    ending = [at for at, cells in enumerate(columns) if _ends(cells)]
    others = [
        at
        for at, cells in enumerate(columns)
        if at not in ending and _is_worth_trying(header[at], cells, len(header))
    ]
    tried = {
        at: list_paths.find_files(files, [cells[at] for cells in sample]).matches for at in ending
    }
    there = [at for at in ending if _share(tried[at]) >= 0.5]
    if not there:
        tried |= {
            at: list_paths.find_files(files, [cells[at] for cells in sample]).matches
            for at in others
        }
        fit = [at for at in others if _share(tried[at]) >= 0.5]
        texts = [at for at in fit if not all(map(naming.is_number, columns[at]))]
        there = texts or ([] if ending else fit)
    if there:
        rivals = [
            at
            for at in there[1:]
            if any(
                a.path != b.path
                for a, b in zip(tried[at], tried[there[0]], strict=True)
                if a.path and b.path
            )
        ]
        if rivals:
            raise InputError(_question(place, header, columns, [there[0], *rivals]))
        return there[0]
    best = (
        sorted(ending, key=lambda at: -_share(tried[at]))
        or [at for at in others if _SURE.search(plain_name(header[at]))]
        or others
    )
    if not best:
        raise InputError(
            f"{place} has no column of file names among {naming.first_few(header, 8)}; expected "
            "the names of pictures in one. "
            f"Name it with {_OPTION} COLUMN."
        )
    return best[0]


def _question(
    place: str, header: Sequence[str], columns: Sequence[Sequence[str]], rivals: Sequence[int]
) -> str:
    listed = " and ".join(
        f"{_show_name(header[at])} (such as {_show_name(columns[at][0])})" for at in rivals[:4]
    )
    return (
        f"{place}: columns {listed} both name pictures that are there, and not the same ones; "
        "expected one. Say which with "
        f"{_OPTION} {header[rivals[0]]} or {_OPTION} {header[rivals[1]]}."
    )


def _complaint(
    place: str,
    name: str,
    rows: Sequence[tuple[int, list[str]]],
    found: list_paths.Found,
    here: str,
) -> str:
    line = rows[found.missing[0]][0]
    many = "none of" if len(found.missing) == len(rows) else f"{len(found.missing):,} of"
    verb = "is" if len(found.missing) == len(rows) else "are not"
    why = found.matches[found.missing[0]].why
    return (
        f"{place}: column {_show_name(name)} names pictures, but {many} {len(rows):,} {verb} there "
        f"(the first: line {line} {why}); expected "
        f"them below {here}. {_advice(found.matches[found.missing[0]])}"
    )


def _advice(match: Match) -> str:
    if match.kind == "address":
        return 'Write JSON lines such as {"content": ADDRESS, "label": NAME}, which are downloaded.'
    if match.kind == "several":
        return "Write the folder before the names."
    if match.kind == "suffix":
        return "Mend the suffix."
    return "Put the list beside its pictures, or mend the paths."


def _ends(cells: Sequence[str]) -> bool:
    """Whether most cells end as files of pictures do."""
    return bool(cells) and 2 * sum(map(is_picture_name, cells)) >= len(cells)


def _is_worth_trying(name: str, cells: Sequence[str], width: int) -> bool:
    """Whether files may be sought by the cells of a column, with a suffix added."""
    words = width <= _NARROW and not all(map(naming.is_number, cells))
    return _is_short(cells) and (_may_name(name) or words)


def _holds_values(cells: Sequence[str]) -> bool:
    """Whether all cells are numbers, and not 0 and 1 alone."""
    return all(map(naming.is_number, cells)) and any(
        float(cell) not in (-1, 0, 1) for cell in cells
    )


def _may_name(name: str) -> bool:
    plain = plain_name(name)
    return plain in _MAYBE or _SURE.search(plain) is not None


def _is_short(cells: Sequence[str]) -> bool:
    """Whether cells may be names: FER2013 writes the pixels of a picture into one cell."""
    return bool(cells) and not any(len(cell) > 1000 or _PIXELS.match(cell) for cell in cells[:20])


def _share(matches: Sequence[Match]) -> float:
    return sum(bool(match.path) for match in matches) / max(len(matches), 1)


def _show_name(name: str) -> str:
    return repr(naming.printable(name[:60]))
