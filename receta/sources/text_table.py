"""How are texts in the rows of a file read: a column of texts, and one of their classes?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from receta.codecs.sheet import Sheet
from receta.codecs.text_columns import without_missing
from receta.codecs.text_sheets import Head, is_sheet, look_at_head, open_sheet, read_texts
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data import words
from receta.data.dataset import Quarantined
from receta.data.marks import Marks
from receta.data.table import Column
from receta.data.texts import Texts, join_texts, refuse_empty
from receta.sources import Options
from receta.sources.columns import target_choice
from receta.sources.parts import part_columns
from receta.sources.texts import choice

AFTER = "series"  # before table: a file of one text and one class a row is no table of columns
READS = "texts in a column of a .csv, .tsv, .txt, .json, .jsonl or .parquet"
FORM = "`.csv`, `.tsv`, `.txt` (also `.gz`), `.json`, `.jsonl`, `.parquet` of texts"
FACTS = (
    "a text and its class a row, with a header or without; `--text COLUMN` and `--target COLUMN` "
    "where they are not found ([texts](texts.md))"
)
USES = ("text", "target", "label", "task")
SAMPLE_OPTIONS = {"text": "message"}
VERSION = 1


def accepts(place: str, options: Options) -> bool:
    """A file whose column of texts is named, or seen in its first rows."""
    if not is_sheet(place) or options.series or options.content or options.shape:
        return False
    if options.text is not None:
        return True
    head = look_at_head(place)
    text = None if head is None else choice.find_text(head, options)
    if head is None or text is None:
        return False
    if options.target is not None and len(head.names) > 2:
        return False  # a table, one of whose columns holds texts
    try:
        return choice.find_class(place, head, text, options) is not None
    except InputError:
        return True


def text_table(place: str, options: Options, progress: Progress) -> Texts:
    """The texts of a file; raises InputError in one line when it cannot be used."""
    sheet = open_sheet(place, options)
    head = Head(tuple(sheet.names), tuple(_first(sheet, at) for at in range(len(sheet.names))))
    text = _find_text(place, sheet, head, options)
    at = _find_target(place, sheet, head, text, options)
    texts = read_texts(place, sheet, text)
    refuse_empty(place, texts)
    group = sheet.names.index(options.group) if options.group in sheet.names else None
    groups = None if group is None else read_texts(place, sheet, group)
    said, parts = _said_parts(place, sheet, {text, at, group})
    _drop_missing(sheet, at)
    column = sheet.column(at, asked=options.task == "values")
    found = target_choice.read_targets(place, column, options.task)
    ids = [f"row-{number}" for number in sheet.numbers.tolist()]
    strays = [Quarantined(f"row-{number}", why) for number, why in sheet.strays]
    strays += [Quarantined(ids[row], why) for row, why in sorted(found.missing.items())]
    keep = np.setdiff1d(np.arange(len(ids)), list(found.missing))
    targets, class_names = found.targets[keep], found.class_names
    if found.task == "classes":
        used, targets = np.unique(targets, return_inverse=True)
        class_names = tuple(class_names[one] for one in used.tolist())
    parts = [parts[row] for row in keep.tolist()] if parts else []
    settled, told = part_columns.fitting(said, sheet.names, parts, targets, class_names)
    marks = Marks(
        [ids[row] for row in keep.tolist()],
        targets,
        class_names,
        parts=settled,
        groups=None if groups is None else [groups[row] for row in keep.tolist()],
        strays=strays,
    )
    source = Texts(
        f"text_table({place!r}",
        *join_texts(texts[row] for row in keep.tolist()),
        marks,
        stamp=naming.file_stamp([place], VERSION, options),
    )
    source.task = found.task
    source.text_name, source.target_name = sheet.names[text], column.name
    aside = [
        name
        for other, name in enumerate(sheet.names)
        if other not in {text, at, group, *said.columns}
    ]
    source.notes = (
        *_tell_choice(sheet, source, found, options),
        *sheet.notes,
        *_tell_long(texts),
        *told,
        *naming.tell_aside(aside),
    )
    return source


def sample(folder: Path) -> str:
    """Write eight short messages of two classes; return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "messages.csv"
    said = ["you won a prize", "call now to win", "see you at home", "dinner at my place"]
    rows = [f"{'spam' if n % 4 < 2 else 'ham'},{said[n % 4]} {n}" for n in range(12)]
    place.write_text("label,message\n" + "\n".join(rows) + "\n")
    return str(place)


def _first(sheet: Sheet, at: int) -> tuple[str, ...]:
    held = sheet.cells[at]
    if isinstance(held, Column):
        return tuple(str(held.cell(row) or "") for row in range(min(200, len(held))))
    return tuple(text or "" for text in held.slice(0, 200).to_pylist())


def _find_text(place: str, sheet: Sheet, head: Head, options: Options) -> int:
    if options.text is not None:
        return sheet.find(options.text, place, "--text")
    found = choice.find_text(head, options)
    if found is None:
        raise InputError(
            f"{place} has no column of texts that is seen as such; expected one. Name it with "
            "--text."
        )
    return found


def _find_target(place: str, sheet: Sheet, head: Head, text: int, options: Options) -> int:
    for option, said in (("--target", options.target), ("--label", options.label)):
        if said is not None:
            at = sheet.find(said, place, option)
            if at == text:
                raise InputError(
                    f"{place}: column {said!r} is both text and class; expected two columns. "
                    f"Change {option}."
                )
            return at
    at_class = choice.find_class(place, head, text, options)
    if at_class is None:
        raise InputError(
            f"{place} has no column that says the class of each text (its columns: "
            f"{naming.first_few(sheet.names, 8)}); expected one. Name it with --target."
        )
    return at_class


def _said_parts(
    place: str, sheet: Sheet, others: set[int | None]
) -> tuple[part_columns.PartColumns, list[str]]:
    """Columns that say train, validation or test, and what they say of every row."""
    found = part_columns.find(
        sheet.names,
        lambda at: part_columns.few(read_texts(place, sheet, at)),
        {at for at in others if at is not None},
        lambda at: _first(sheet, at)[0],
    )
    cells = [read_texts(place, sheet, at) for at in found.columns]
    return found, [found.part(row) for row in zip(*cells, strict=True)] if cells else []


def _drop_missing(sheet: Sheet, at: int) -> None:
    """Of the classes, cells such as "?" and "NA" are missing after all."""
    if not isinstance(sheet.cells[at], Column):
        sheet.cells[at] = without_missing(sheet.cells[at])


def _tell_long(texts: list[str]) -> list[str]:
    """One line about texts of which only the beginning is read."""
    most = words.table().characters
    n = sum(len(text) > most for text in texts)
    if not n:
        return []
    have = "texts have" if n != 1 else "text has"
    return [f"{n:,} {have} more than {most:,} characters; the rest is not read"]


def _tell_choice(
    sheet: Sheet, source: Texts, found: target_choice.Targets, options: Options
) -> list[str]:
    """Which column is what, and how many rows have no class."""
    notes = []
    if not sheet.headed:
        notes.append(
            f"no header found: the columns are called column-1 to column-{len(sheet.names)}"
        )
    if options.text is None or (options.target or options.label) is None:
        what = f"{len(found.class_names)} classes" if found.class_names else "a value"
        notes.append(
            f"texts from the column {source.text_name!r}, {what} from {source.target_name!r} "
            "(--text and --target name others)"
        )
    if found.missing:
        n = len(found.missing)
        notes.append(
            f"{n:,} row{'s' * (n != 1)} without a class {'are' if n != 1 else 'is'} left out"
        )
    return notes
