"""Which texts do files hold that somebody asks a model about?

typed text   itself
.txt         one text, for a model of a folder of texts; else one text a line
a table      the column that the model learnt from, or the only one
a folder     each .txt below it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from receta.core import naming
from receta.core.errors import InputError
from receta.core.spec import Spec
from receta.data import words
from receta.data.dataset import Quarantined
from receta.data.options import Options
from receta.data.texts import Written
from receta.data.words import find_words

_Read = Iterator[tuple[str, str | Quarantined]]


def read_texts(given: Sequence[str | Path], spec: Spec, tell: Callable[[str], None]) -> _Read:
    """(name, text or why it cannot be read) of all that is given; InputError for what is none."""
    several = len(given) > 1
    for at, place in enumerate(given):
        if isinstance(place, Written):
            yield str(at), str(place)
            continue
        path = Path(place)
        if path.is_dir():
            yield from _of_folder(path)
        elif not path.is_file():
            raise InputError(
                f"{place} is no file; expected a file of texts. Check the path, or write the text "
                "itself with --text."
            )
        elif path.suffix.lower() == ".txt":
            yield from _of_file(path, spec, tell, several)
        else:
            yield from _of_table(path, spec, several)


def _of_folder(folder: Path) -> _Read:
    paths = sorted(folder.rglob("*.txt"), key=lambda path: naming.natural_path(path.as_posix()))
    if not paths:
        raise InputError(f"{folder} holds no .txt; expected texts. Name another folder.")
    for path in paths:
        yield _whole(path)


def _whole(path: Path) -> tuple[str, str | Quarantined]:
    from receta.codecs.text_files import Decoder

    text, why = Decoder(words.table().characters).read(str(path))
    return str(path), Quarantined(str(path), why) if why else text


def _of_file(path: Path, spec: Spec, tell: Callable[[str], None], several: bool) -> _Read:
    if not spec.fields:  # learnt from files, each of which is one text
        yield _whole(path)
        return
    from receta.codecs.csv_text import whole_text

    content, notes = whole_text(str(path))
    for note in notes:
        tell(note)
    lines = content.decode("utf-8", "replace").rstrip("\n").split("\n")
    tell(f"{path}: each line is taken for a text.")
    for row, line in enumerate(lines):
        yield f"{path}:{row}" if several else str(row), line


def _of_table(path: Path, spec: Spec, several: bool) -> _Read:
    from receta.codecs import text_sheets as sheets

    if not sheets.is_sheet(str(path)):
        raise InputError(
            f"{path} is no file of texts; expected .txt, .csv, .tsv, .jsonl or .parquet. Save the "
            "texts as one of these."
        )
    sheet = sheets.open_sheet(str(path), Options(text=spec.fields[0] if spec.fields else None))
    wanted = spec.fields[0] if spec.fields else "text"
    alone = len(sheet.names) == 1
    at = 0 if alone else sheet.find(wanted, str(path), "the column of texts")
    texts = sheets.read_texts(str(path), sheet, at)
    if alone and sheet.headed and sheet.names[0] != wanted and len(find_words(sheet.names[0])) > 1:
        texts = [sheet.names[0], *texts]  # a list of texts alone, whose first line is one too
    for row, text in enumerate(texts):
        yield f"{path}:{row}" if several else str(row), text
