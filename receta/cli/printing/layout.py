"""How do words and tables fit the width of a terminal, with no name, path or command cut?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

GAP = 2  # blanks between two columns

# What is copied stays in one line: `a command`, 'a path', a command after a colon up to the end.
_WHOLE = re.compile(
    r"(\s*)(\S*`[^`]*`\S*|[(\[]?(?<!\w)'[^'`\n]{1,60}'(?!\w)\S*|(?<=: )(?:receta|pip) \S.*$|\S+)",
    re.M,
)


def wrap_words(text: str, width: int, indent: str = "") -> str:
    """Lines of at most `width` letters, those after the first indented; what is copied stays whole.

    >>> wrap_words("  Leave it out (`receta clean x --fix leak`) or not", 24).splitlines()
    ['  Leave it out', '(`receta clean x --fix leak`)', 'or not']
    """
    if "\n" in text:
        return "\n".join(wrap_words(line, width, indent) for line in text.split("\n"))
    if letters(text) <= width:
        return text
    lines = [""]
    for blanks, word in _WHOLE.findall(text):
        longer = f"{lines[-1]}{blanks}{word}"
        # as in report: PATH
        label = len(lines) == 1 and lines[0].endswith(":") and " " not in lines[0]
        if letters(longer) <= width or not lines[-1].strip() or label:
            lines[-1] = longer
        else:
            fits = letters(f"{indent}{word}") <= width or letters(word) > width
            # a command that has room without the indent
            lines.append(f"{indent}{word}" if fits else word)
    return "\n".join(lines)


def letters(text: str) -> int:
    """Places that a text takes on a terminal; an emoji takes two, an accent none.

    >>> letters("Avi\\u00f3n \\U0001f600")
    8
    """
    from rich.cells import cell_len

    return cell_len(text)


def lay_out(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    width: int,
    faint: Callable[[str], str],
) -> list[str]:
    """Lines of a table; where it is too wide, columns of many words are wrapped, or each row
    becomes a block.

    right: which columns end at the same place. faint: marks a head, in no letters of its own.
    """
    columns = list(zip(*([list(heads)] + [list(row) for row in rows]), strict=True))
    widths = [max(map(letters, column)) for column in columns]
    longest = [max(letters(word) for cell in column for word in _parts(cell)) for column in columns]
    spare = sum(widths) + GAP * (len(widths) - 1) - width
    while spare > 0:
        column = max(range(len(widths)), key=lambda at: widths[at] - longest[at])
        if widths[column] <= max(longest[column], 12):
            return _blocks(heads, rows, width, faint)
        widths[column] -= 1
        spare -= 1
    lines = []
    for number, row in enumerate([list(heads), *rows]):
        cells = [wrap_words(cell, size).split("\n") for cell, size in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            parts = [cell[line] if line < len(cell) else "" for cell in cells]
            padded = [
                _pad(part, size, at_right)
                for part, size, at_right in zip(parts, widths, right, strict=True)
            ]
            shown = (" " * GAP).join(padded).rstrip()
            lines.append(shown if number else faint(shown))
    return lines


def _blocks(
    heads: Sequence[str], rows: Sequence[Sequence[str]], width: int, faint: Callable[[str], str]
) -> list[str]:
    """Each row as a block: its name, and below it what stands in the other columns."""
    lines: list[str] = []
    for name, *cells in rows:
        lines.append(name)
        used = width  # so that the first one begins a line
        for head, cell in zip(heads[1:], cells, strict=True):
            if not cell:
                continue
            size = letters(head) + bool(head) + letters(cell)
            if used + 3 + size > width:
                lines.append("  ")
                used = 2
            else:
                lines[-1] += "   "
                used += 3
            lines[-1] += f"{faint(head)} {cell}" if head else cell
            used += size
    return lines


def _parts(cell: str) -> list[str]:
    """What of a cell must not be broken."""
    return [word for _, word in _WHOLE.findall(cell)] or [""]


def _pad(text: str, size: int, at_right: bool) -> str:
    blanks = " " * (size - letters(text))
    return blanks + text if at_right else text + blanks
