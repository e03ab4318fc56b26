"""How are .txt in a ZIP archive read, without unpacking it?"""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path, PurePath

from receta.codecs import zip_names
from receta.codecs.text_files import Decoder
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.files import is_junk
from receta.data.texts import Texts
from receta.sources import Options
from receta.sources.texts import tree

AFTER = "parquet_images"  # before image_zip, which takes every archive
READS = "a .zip of .txt, one folder a class"
FORM = "`.zip` of .txt"
FACTS = "of such a folder; read without being unpacked"
VERSION = 1
_MOST_LOOKED_AT = 5_000  # members, by which it is seen that an archive is one of texts


def accepts(place: str, options: Options) -> bool:
    """A file that is called .zip, of whose members most are .txt in folders."""
    if not place.lower().endswith(".zip") or not os.path.isfile(place):
        return False
    try:
        listed = zip_names.open_directory(place)
    except InputError:
        return False  # the source of pictures says what is wrong with it
    names = (member.filename.replace("\\", "/") for member in listed if not member.is_dir())
    return tree.are_texts(filter(_is_told, names), _MOST_LOOKED_AT)


def text_zip(place: str, options: Options, progress: Progress) -> Texts:
    """The texts in an archive; InputError for one that is damaged or hostile, or has no classes."""
    listed = zip_names.open_directory(place)
    paths, notes = zip_names.read_names(place, listed)
    zip_names.refuse_overlaps(place, listed)
    # Of two with one name the later counts, as when unpacking.
    members = {
        path: member
        for path, member in zip(paths, listed, strict=True)
        if path.lower().endswith(".txt") and _is_told(path)
    }
    with zipfile.ZipFile(place) as archive:
        source = tree.read_texts(
            place,
            list(members),
            lambda decoder, path: _read(archive, members[path], decoder),
            stamp=lambda _: naming.file_stamp([place], "text_zip", VERSION, options),
            name="text_zip",
        )
    source.notes = (*notes, *source.notes)
    return source


def sample(folder: Path) -> str:
    """Write an archive of two classes of four texts and return the DATA argument."""
    from receta.sources import text_folder

    text_folder.sample(folder / "texts")
    place = folder / "texts.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for file in sorted((folder / "texts").rglob("*.txt")):
            archive.write(file, file.relative_to(folder).as_posix())
    return str(place)


def _is_told(path: str) -> bool:
    """Whether no folder of it, and not itself, is what a system leaves behind."""
    return not any(is_junk(folder) for folder in path.split("/"))


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, decoder: Decoder) -> tuple[str, str]:
    """(the text of a member, why it has none)."""
    most = 4 * decoder.most + 4
    try:
        with archive.open(member) as file:
            content = file.read(most)
            while len(content) < most and (more := file.read(most - len(content))):
                content += more
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        return "", f"is damaged in the archive: {str(error)[:100]}"
    return decoder.decode(content, "/".join(PurePath(member.filename).parts[-2:]))
