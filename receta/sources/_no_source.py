"""Why does no source read a place? One line with what to do."""

from __future__ import annotations

import difflib
import os


def why_nothing_reads(place: str) -> str:
    """One line for a place that no source accepts."""
    try:
        os.stat(place)
    except PermissionError:
        return (
            f"{place} may not be read (permission denied); expected data that you may read. "
            f"Change its permissions, or name other data."
        )
    except (OSError, ValueError):
        shown = place or repr(place)
        return (
            f"{shown} does not exist; expected a path of data or "
            f"digits.{_nearest_path(place)} Check the spelling."
        )
    what, advice = _what_it_is(place)
    if what:
        return (
            f"{place} is {what}, which is of no kind that receta reads; expected a folder of "
            f"pictures, a .zip or a table. {advice}"
        )
    return (
        f"{place} is of no kind that receta reads; expected a folder of pictures, .zip, .csv, "
        ".tsv, .npz, .json, .jsonl, .parquet, "
        ".tfrecord, IDX files, or a name such as keras:mnist. Name another file or folder; "
        "`receta list sources` tells all."
    )


def _what_it_is(place: str) -> tuple[str, str]:
    """What a file is that no source takes, where its beginning tells, and what to do with it."""
    from receta.codecs import archives
    from receta.data import image_formats

    if not os.path.isfile(place):
        return "", ""
    with open(place, "rb") as file:
        head = file.read(512)
    archive = archives.kind_of_archive(head, place)
    if archive == "a ZIP archive":
        return "a ZIP archive of another name", "Give it a name that ends with .zip."
    if archive:
        return archive, archives.UNPACK
    if image_formats.format_of(head):
        return "a single picture", "Name the folder that holds a folder of pictures for each class."
    what = image_formats.what_is(head) if head else "an empty file"
    return (
        (what, "Name another file or folder.")
        if what.startswith(("a PDF", "an HTML", "a video", "an empty"))
        else ("", "")
    )


def _nearest_path(place: str) -> str:
    folder, name = os.path.split(place.rstrip("/"))
    try:
        siblings = [other for other in os.listdir(folder or ".") if not other.startswith(".")]
    except (OSError, ValueError):
        return ""
    if os.sep not in place:
        siblings.append("digits")
    lower = {other.lower(): other for other in sorted(siblings)}
    near = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    return f" Did you mean {os.path.join(folder, lower[near[0]])!r}?" if near else ""
