"""What lies in a run folder, where is it, and may this version work in it?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from receta.core import disk, seals
from receta.core.errors import RunError
from receta.core.recipe import Recipe

# 2 keeps the decisions of a rung in one file, where 1 had seven. Both are read and gone on with;
# a folder of another one is refused, not guessed at.
FORMAT = 2
READABLE = (1, FORMAT)

FILES = {
    "report.html": "the whole story, for people",
    "model.keras": "the best network: raw examples in, such as uint8 pixels, answers out",
    "scores.json": "how good it is on test data",
    "result.json": "what `receta run --json` prints",
    "decision.json": "which class is named when mistakes do not cost the same; only with costs "
    "in the recipe",
    "calibration.json": "how its probabilities were set right, and from which on an answer is sure",
    "vocab.json": "the words that a model of texts knows, by their numbers",
    "likeness.json": "features of training pictures, by which one unlike all classes is known",
    "findings.json": "what audits and checks found",
    "quarantine.json": "examples left out, and why",
    "split.json": "which example is in which part",
    "history.csv": "loss and accuracy, an epoch a line",
    "recipe.toml": "the settings; `--recipe recipe.toml` repeats them",
    "run.json": "data, machine and versions",
    "data.json": "a digest of every example",
    "log.txt": "what was said while it ran",
    "digests.json": "a digest of every file, by which damage is noticed",
    "rungs/": "every rung's own network, decisions, history and checks",
}


_Part = TypeVar("_Part")


def read_about(folder: Path) -> dict[str, Any]:
    """What run.json holds; RunError for a run of another version."""
    about: dict[str, Any] = disk.read_json(folder / "run.json", {"format": int})
    if about["format"] not in READABLE:
        raise RunError(
            f"{folder} was written by receta "
            f"{str(about.get('receta', 'of an unknown version'))[:40]} in format "
            f"{about['format']}; expected format {' or '.join(map(str, READABLE))}. Use that "
            "version, or another folder with --out."
        )
    return about


def parse_part(folder: Path, parse: Callable[[Any], _Part], plain: Any) -> _Part:
    """What a part of run.json says; RunError where it cannot be."""
    try:
        return parse(plain)
    except ValueError as error:
        raise RunError(
            f"{folder / 'run.json'} is spoilt ({error}); expected what `receta train` wrote. "
            "Train again."
        ) from error


def refuse_strangers(folder: Path) -> None:
    """RunError for a folder that holds anything but a run of this version, before it is touched."""
    if (folder / "run.json").exists():
        read_about(folder)
    if (folder / "run.json").exists() or not folder.is_dir():
        return
    # of a run killed as it began
    known = {"recipe.toml", "split.json", "data.json", "log.txt", "clock.json", seals.MANIFEST}
    strange = sorted(
        path.name
        for path in folder.iterdir()
        if path.name not in known and not path.name.startswith(".")
    )
    if strange:
        raise RunError(
            f"{folder} holds other files ({', '.join(strange[:3])}); expected an empty or new "
            "folder, or a run. "
            f"Choose another one with --out."
        )


def default_folder(
    data: str | Path, test: str | Path | None, recipe: Recipe, options: dict[str, Any]
) -> Path:
    """Where a run goes when nobody says: the same for the same call, so that it resumes."""
    words = [
        str(data),
        str(test),
        str(sorted(options.items())),
        recipe.model_dump_json(exclude_unset=True),
    ]
    digest = hashlib.blake2b(
        "\x1f".join(words).encode("utf-8", "surrogateescape"), digest_size=4
    ).hexdigest()
    stem = Path(data).name.split(".")[0].replace(":", "-") or "data"
    return Path("runs") / f"{stem}-{digest}"
