"""Is one flipped bit in a file of a run or of a bundle noticed, and does none end in a traceback?

A run on digits and its bundles; in every file single bits are flipped, its last byte is cut off, it
is swapped with another one, and it is taken away. Opened as predict, evaluate, export, serve and a
repeated run open them; of run.json and result.json also as `receta runs` does. New seals: the same
bits, after the seals were written anew, as somebody would who wants to deceive: then the values
alone are judged, the network is asked for an answer, and nothing but a line of ours may come out.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import _table
import numpy as np

from receta import exporters, journey, predictors
from receta.core import disk, keeping, records, sealing, seals
from receta.core.errors import MissingExtra, RecetaError
from receta.core.recipe import Recipe
from receta.training import ADVICE, Run, opening

TARGETS = ("onnx", "keras", "litert", "tfjs", "web")
FLIPS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
FLIPS_ANEW = 12  # a file; each loads a network
SLOW = ("tfjs", "web")  # which start Node.js for each answer


def main() -> None:
    """Measure and write the table."""
    os.environ["RECETA_CACHE"] = (place := tempfile.TemporaryDirectory()).name + "/cache"
    folder = Path(place.name)
    with place:
        recipe = Recipe(rungs=("prior", "linear", "mlp"), epochs=2, tta="mirror", max_error=0.2)
        run = journey.run("digits", out=folder / "run", recipe=recipe, force=True)
        subject = exporters.subject(run)
        rows = judged("run", run.folder, open_run, seal_run, ask_run)
        rows += judged_by_runs(run.folder)
        for target in TARGETS:
            try:
                bundle = exporters.export(subject, target, folder / target)
            except MissingExtra as error:
                print(error, file=sys.stderr)
                continue
            rows += judged(
                target,
                bundle.folder,
                open_bundle,
                seal_bundle,
                None if target in SLOW else ask_bundle,
            )
    n, noticed = (sum(int(str(row[column])) for row in rows) for column in (3, 4))
    _table.write(
        "flipped_bits",
        "Flipped bits",
        (__doc__ or "").strip(),
        [
            "what",
            "file",
            "bytes",
            "spoilt",
            "noticed",
            "unnoticed",
            "new seals",
            "of them refused",
            "tracebacks",
        ],
        rows,
        [
            f"Noticed: {noticed} of {n} ({noticed / n:.2%}); tracebacks: "
            f"{sum(int(str(row[-1])) for row in rows)}.",
            f"{FLIPS} single bits a file, and one each: cut off, swapped, taken away.",
        ],
    )


def judged(
    what: str,
    folder: Path,
    opened: Callable[[Path], None],
    seal: Callable[[Path], None],
    asked: Callable[[Path], None] | None,
) -> list[list[object]]:
    """A row for each file of a run or a bundle."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock" and "exports" not in path.parts
    )
    rows: list[list[object]] = []
    for path in files:
        found: Counter[str] = Counter()
        for _ in spoilt(path, files, FLIPS):
            found[said(opened, folder)] += 1
        anew: Counter[str] = Counter()
        if asked is not None and path.suffix in (".json", ".toml") and path.name != seals.MANIFEST:
            listed = {
                one: one.read_bytes()
                for one in (folder / seals.MANIFEST, folder / "bundle.json")
                if one.exists()
            }
            for _ in flipped(path, random.Random(path.name), FLIPS_ANEW):
                said(seal, folder)  # of what is no JSON any more it fails
                anew[said(asked, folder)] += 1
            for one, content in listed.items():
                one.write_bytes(content)
        tracebacks = sum(
            count for words, count in (found + anew).items() if words.startswith("traceback")
        )
        for words in {**found, **anew}:
            if words.startswith("traceback"):
                print(what, path, words, file=sys.stderr)
        rows.append(
            [
                what,
                path.relative_to(folder),
                path.stat().st_size,
                found.total(),
                found["noticed"],
                found["opened"],
                anew.total(),
                anew["noticed"],
                tracebacks,
            ]
        )
        opened(folder)  # all is put back
    return rows


def judged_by_runs(folder: Path) -> list[list[object]]:
    """Rows for the files that `receta runs` reads."""

    def opened(folder: Path) -> None:
        disk.read_json(folder / "run.json", records.RUN)
        seals.check(folder, "", only=("run.json", "result.json"))
        disk.read_json(folder / "result.json", records.RESULT)

    rows: list[list[object]] = []
    for path in (folder / "run.json", folder / "result.json"):
        found: Counter[str] = Counter(
            said(opened, folder) for _ in flipped(path, random.Random(1), FLIPS)
        )
        rows.append(
            [
                "receta runs",
                path.name,
                path.stat().st_size,
                found.total(),
                found["noticed"],
                found["opened"],
                0,
                0,
                found.total() - found["noticed"] - found["opened"],
            ]
        )
    return rows


def spoilt(path: Path, files: list[Path], flips: int) -> Iterator[None]:
    """The file with each of the faults in turn; as it was in the end."""
    yield from flipped(path, random.Random(path.name), flips)
    whole = path.read_bytes()
    other = files[(files.index(path) + 1) % len(files)]
    its = other.read_bytes()
    if its != whole:
        path.write_bytes(its)
        other.write_bytes(whole)
        yield
        other.write_bytes(its)
    path.write_bytes(whole[:-1])
    yield
    path.unlink()
    yield
    path.write_bytes(whole)


def flipped(path: Path, chance: random.Random, flips: int) -> Iterator[None]:
    """The file with one bit flipped, in turn."""
    whole = path.read_bytes()
    for bit in [chance.randrange(8 * len(whole)) for _ in range(flips)] if whole else []:
        content = bytearray(whole)
        content[bit // 8] ^= 1 << bit % 8
        path.write_bytes(content)
        yield
    path.write_bytes(whole)


def said(work: Callable[[Path], None], folder: Path) -> str:
    """What comes of it: noticed, opened, or a traceback with its words."""
    try:
        work(folder)
    except RecetaError as error:
        return "noticed" if "\n" not in str(error) else f"traceback: two lines: {error}"
    except Exception as error:  # what the command line would call a mistake of its own
        return f"traceback: {type(error).__name__}: {str(error)[:300]}"
    return "opened"


def open_run(folder: Path) -> None:
    """As predict, evaluate, export and serve do, and as a run that is repeated."""
    predictors.predictor_at(folder)
    with keeping.keep_digests(folder, ADVICE):
        pass


def ask_run(folder: Path) -> None:
    """All that is read of a run, and an answer."""
    run = Run.open(folder)
    run.best, run.scores, run.decision, run.thresholds  # noqa: B018
    opening._interrupted(folder)
    run.predict(np.zeros((1, *run.input_shape), np.uint8))


def seal_run(folder: Path) -> None:
    """Write the list of a run anew."""
    files = {name: [seals.digest(folder / name)] for name in seals.name_files(folder, "")}
    disk.write_bytes(
        folder / seals.MANIFEST, sealing.seal_json({"format": seals.FORMAT, "files": files})
    )


def open_bundle(folder: Path) -> None:
    """As every verb does."""
    predictors.predictor_at(folder)


def ask_bundle(folder: Path) -> None:
    """An answer of a bundle."""
    bundle = predictors.Bundle.open(folder)
    if bundle.takes_pictures:
        bundle.predict(np.zeros((1, *bundle.input_shape), np.uint8))


def seal_bundle(folder: Path) -> None:
    """Write bundle.json anew over what it says now."""
    plain = {
        name: value
        for name, value in disk.read_json(folder / "bundle.json").items()
        if name not in ("digests", sealing.SEAL)
    }
    digests = {
        name: seals.digest(folder / name) for name in plain["files"] if (folder / name).is_file()
    }
    disk.write_bytes(folder / "bundle.json", sealing.seal_json({**plain, "digests": digests}))


if __name__ == "__main__":
    main()
