"""How is a cleaning kept in a folder of its own, gone on with, and taken back?"""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from receta.audits import SHELF as AUDITS
from receta.audits import audit
from receta.cleaning.engine.planning import Entry
from receta.core import disk
from receta.core.errors import InputError, RecetaError, RunError
from receta.core.finding import Finding
from receta.core.progress import Progress
from receta.core.recipe import Recipe
from receta.data import steps
from receta.data.dataset import Dataset
from receta.sources import Options, cleaned, load

Manifest = cleaned.Manifest  # what a cleaned folder says of its data

JOURNAL = "journal.txt"


def begin_folder(
    place: str, out: Path, test: str | None, options: dict[str, Any], progress: Progress
) -> tuple[Manifest, Dataset]:
    """The manifest that a call goes on with or begins, and the data as they are by now.

    Raises RunError when the folder holds other things or cleans other data.
    """
    words = Options(**options).words()
    if cleaned.accepts(str(out), Options()):
        manifest = cleaned.read(out)
        if not _same(place, str(out)) and (
            not _same(place, manifest.data)
            or not _same(test, manifest.test)
            or words != manifest.options
        ):
            raise RunError(
                f"{out} cleans {_named(manifest.data, manifest.test, manifest.options)}, not "
                f"{_named(place, test, words)}; "
                f"expected the same data and options. Choose another folder with --out."
            )
        if _same(place, str(out)) and test is not None and not _same(test, manifest.test):
            raise RunError(
                f"{out} was cleaned without --test {test}; expected the data of the first call. "
                "Choose another --out."
            )
        return manifest, load(out, progress=progress)
    _require_free(out, place, test)
    data = load(place, test=test, progress=progress, **options)
    return cleaned.Manifest(
        _absolute(place), None if test is None else _absolute(test), words, {}
    ), data


def findings_for(
    data: Dataset, codes: Collection[str], recipe: Recipe, progress: Progress
) -> list[Finding]:
    """What the audits of these codes say; others are not asked."""
    only = [name for name in AUDITS.names() if name in codes]
    pixels = None
    if data.is_seen:
        from receta.pixels import decode

        pixels = decode(data, recipe.image_size, recipe.channels, fit=recipe.fit, progress=progress)
    return audit(data, pixels=pixels, only=only, progress=progress)


def keep(out: Path, manifest: cleaned.Manifest, data: Dataset, entries: Collection[Entry]) -> None:
    """Write the manifest with one more call; the journal in words beside it."""
    with disk.sole_user(out):
        now = (
            cleaned.read(out)
            if cleaned.accepts(str(out), Options())
            else dataclasses.replace(manifest, original=_about(data))
        )
        if now.calls != (manifest.calls if manifest.original else ()):
            raise RunError(
                f"{out} was cleaned by another receta meanwhile; expected one at a time. Repeat "
                "the command."
            )
        if entries:
            call = {"when": _now(), "entries": [entry.to_json() for entry in entries]}
            now = dataclasses.replace(now, calls=(*now.calls, call))
        _write(out, now)


def undone(out: Path, everything: bool, code: str | None) -> list[dict[str, Any]]:
    """Take entries back and return them, the last first. See `receta.cleaning.undo`."""
    if not cleaned.accepts(str(out), Options()):
        raise InputError(
            f"{out} is not a folder that receta clean wrote; expected one with {cleaned.FILE}. "
            "Name what --out was."
        )
    with disk.sole_user(out):
        manifest = cleaned.read(out)
        calls = [{**call, "entries": list(call["entries"])} for call in manifest.calls]
        taken = _taken(out, calls, everything, code)
        calls = [call for call in calls if call["entries"]]
        when = _now()
        record = [
            {
                "when": when,
                **{name: entry.get(name) for name in ("code", "method", "n", "unit", "what")},
            }
            for entry in taken
        ]
        rest = dataclasses.replace(manifest, calls=tuple(calls), undone=(*manifest.undone, *record))
        if code is not None and rest.calls:
            _require_sound(out, rest, code)
        _write(out, rest)
    return taken


def _taken(
    out: Path, calls: list[dict[str, Any]], everything: bool, code: str | None
) -> list[dict[str, Any]]:
    """Remove entries from the calls; those of the last call unless told otherwise."""
    if not calls:
        raise InputError(f"{out} holds no step to take back; expected one. Nothing was changed.")
    if code is None:
        some = calls if everything else calls[-1:]
        taken = [entry for call in reversed(some) for entry in reversed(call["entries"])]
        for call in some:
            call["entries"] = []
        return taken
    for call in reversed(calls):
        taken = [entry for entry in reversed(call["entries"]) if entry["code"] == code]
        if taken:
            call["entries"] = [entry for entry in call["entries"] if entry["code"] != code]
            return taken
    there = sorted({entry["code"] for call in calls for entry in call["entries"]})
    raise InputError(
        f"{out} holds no step of {code!r}; expected one of {', '.join(there)}. Nothing was changed."
    )


def _require_sound(out: Path, manifest: cleaned.Manifest, code: str) -> None:
    """What came after may need what is taken back, such as a column that was made."""
    data = cleaned.original(out, manifest)
    try:
        steps.apply(data, manifest.steps)
    except RecetaError as error:
        raise InputError(
            f"{code} cannot be taken back alone, for a later step needs it "
            f"({error.args[0].split(';')[0]}); expected steps "
            f"that stand alone. Take the last call back first: receta clean --undo {out}"
        ) from None


def _write(out: Path, manifest: cleaned.Manifest) -> None:
    for leftover in out.glob(".*.tmp*"):  # of a process that was killed
        leftover.unlink(missing_ok=True)
    manifest.write(out)
    disk.write_text(out / JOURNAL, "\n".join(journal_lines(manifest)) + "\n")


def journal_lines(manifest: cleaned.Manifest) -> list[str]:
    """The journal in words: what was done to which data, when and why."""
    named = _named(manifest.data, manifest.test, manifest.options)
    lines = [f"Cleaned: {named} ({manifest.original['n']} examples; nothing there was changed)"]
    for number, call in enumerate(manifest.calls, 1):
        lines += ["", f"Call {number}, {call['when']}"]
        lines += [
            f"  {entry['code']}={entry['method']}: {entry['what']}. Why: {entry['why']}"
            for entry in call["entries"]
        ]
    if manifest.undone:
        lines += ["", "Taken back"]
        lines += [
            f"  {entry['when']}  {entry['code']}={entry['method']}: {entry['what']}"
            for entry in manifest.undone
        ]
    return lines


def _about(data: Dataset) -> dict[str, Any]:
    return {
        "n": len(data),
        "stamp": data.source.stamp(),
        "fingerprint": cleaned.whole_fingerprint(data),
    }


def _require_free(out: Path, place: str, test: str | None) -> None:
    with disk.writable(out):
        if out.exists() and not out.is_dir():
            raise RunError(
                f"{out} is a file; expected a folder to keep the cleaning in. Choose another one "
                "with --out."
            )
        found = sorted(entry.name for entry in out.iterdir()) if out.is_dir() else []
    others = [
        name for name in found if name != ".lock" and not (name.startswith(".") and ".tmp" in name)
    ]
    if others:
        raise RunError(
            f"{out} holds other things (such as {others[0]!r}); expected a new or empty folder, "
            "or one that receta clean wrote. "
            f"Choose another one with --out."
        )
    for data in filter(None, (place, test)):
        if os.path.isdir(data) and Path(os.path.realpath(out)).is_relative_to(
            os.path.realpath(data)
        ):
            raise RunError(
                f"{out} lies inside the data {data}; expected a folder beside them, for they "
                "stay as they are. "
                f"Choose another one with --out."
            )


def _absolute(place: str) -> str:
    """Absolute if it is a path; a name such as digits stays."""
    return os.path.abspath(place) if os.path.exists(place) and place != "digits" else place


def _same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return one == other


def _named(place: str, test: str | None, options: dict[str, Any]) -> str:
    words = [
        place,
        *([f"--test {test}"] if test else []),
        *(f"--{name.replace('_', '-')} {value}" for name, value in options.items()),
    ]
    return " ".join(words)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
