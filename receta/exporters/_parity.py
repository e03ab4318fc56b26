"""Is a written network equal to the one in Keras, on real pictures of its run?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.core import disk
from receta.core.errors import InputError, RunError
from receta.core.image import DECODER_VERSION
from receta.pixels import Pixels
from receta.training.run import Run, parts_of

Predict = Callable[[np.ndarray], np.ndarray]

SOME = 16  # as many at once, and as many alone: faults of batch normalisation show at one of the two only
BATCHES = 4
_MANY = 256


@dataclass(frozen=True)
class Pictures:
    """Decoded pictures of a run: rows and targets of the validation and the test part."""

    pixels: Pixels
    validation: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Parity:
    """How far a written network is from its model; see Bundle for the words."""

    max_gap: float
    top_agreement: float
    accuracy: float
    reference_accuracy: float
    judged_on: str
    n: int


def compare(reference: Predict, runtime: Predict, pictures: Pictures) -> Parity:
    """Both on validation pictures one by one and 16 at a time, and on the test part.

    Accuracies and agreement are of the test part; of the validation part where a run has
    no test part.
    """
    judged_on = "test" if len(pictures.test[0]) else "validation"
    rows, targets = pictures.test if len(pictures.test[0]) else pictures.validation
    ours: list[np.ndarray] = []
    theirs: list[np.ndarray] = []
    gaps: list[float] = []
    for batch in _probes(pictures):
        gaps.append(_gap(reference(batch), runtime(batch)))
    for start in range(0, len(rows), _MANY):
        batch = pictures.pixels.take(rows[start : start + _MANY])
        theirs.append(reference(batch))
        ours.append(runtime(batch))
        gaps.append(_gap(theirs[-1], ours[-1]))
    said, meant = np.concatenate(ours).argmax(axis=1), np.concatenate(theirs).argmax(axis=1)
    return Parity(float(np.max(gaps)), float((said == meant).mean()), float((said == targets).mean()),
                  float((meant == targets).mean()), judged_on, len(rows))  # fmt: skip


def _gap(reference: np.ndarray, written: np.ndarray) -> float:
    """Largest difference of a probability; not a number where there is none to compare."""
    if reference.shape != written.shape:
        return float("nan")
    return float(np.max(np.abs(np.asarray(reference, np.float64) - written)))


def _probes(pictures: Pictures) -> Iterator[np.ndarray]:
    """Validation pictures from all over the part: 16 alone, then batches of 16."""
    rows = pictures.validation[0]
    spread = rows[np.linspace(0, len(rows) - 1, SOME * BATCHES).astype(int)]  # repeats some of a small part
    taken = pictures.pixels.take(spread)
    for one in range(0, len(taken), BATCHES):
        yield taken[one : one + 1]
    for start in range(0, len(taken), SOME):
        yield taken[start : start + SOME]


def pictures(run: Run) -> Pictures:
    """The very pictures that a run was chosen and judged on, known by their contents.

    They come from the cache of pixels or, where that was emptied, from the data again.
    Raises RunError that says what is missing when neither has them.
    """
    split = disk.read_json(run.folder / "split.json")
    digests: dict[str, str] = disk.read_json(run.folder / "data.json")
    wanted = [[digests[one].rpartition(":")[::2] for one in split[part] if one in digests] for part in ("validation", "test")]
    contents = {content for part in wanted for content, _ in part}
    for pixels in _cached(run):
        found = {content.decode(): row for row, content in enumerate(pixels.digests) if pixels.pixel_digests[row]}
        if contents <= found.keys():
            return Pictures(pixels, *(
                (np.array([found[content] for content, _ in part], np.int64), np.array([target for _, target in part], np.int64))
                for part in wanted
            ))  # fmt: skip
    return _from_the_data(run, contents)


def _cached(run: Run) -> Iterator[Pixels]:
    """Caches of pixels of this run's shape, the newest first."""
    found = sorted((disk.cache_root() / "pixels").glob("*/manifest.json"), key=lambda path: -path.stat().st_mtime)
    for path in found:
        known = disk.read_json(path)
        if (*known["size"], known["channels"], known["fit"], known["decoder"]) == (*run.input_shape, run.fit, DECODER_VERSION):
            yield Pixels(path.parent, run.input_shape[:2], run.input_shape[2], run.fit)


def _from_the_data(run: Run, contents: set[str]) -> Pictures:
    from receta.sources import load

    about = run.about["data"]
    if "options" not in about:  # trained from the library: only the call knew where the data were
        raise RunError(
            f"the pictures of {run.folder} are no longer in the cache, and the run does not know where its data are "
            f"({about['source']}); expected them for the comparison with Keras. Decode the data again with receta.decode."
        )
    options: dict[str, Any] = dict(about["options"])
    if options.get("shape") is not None:
        options["shape"] = tuple(options["shape"])
    try:
        data = load(about["source"], test=about["test"], **options)
        pixels = run.pixels(data)
        parts = parts_of(run, data)
    except (InputError, RunError) as error:
        raise RunError(
            f"the pictures of {run.folder} are gone ({error}) Expected the data that it was trained on, for the comparison "
            f"with Keras. Put them back at {about['source']}."
        ) from error
    here = {pixels.digests[row].decode() for part in (parts.validation, parts.test) for row in part.rows}
    if not contents <= here:
        raise RunError(
            f"{len(contents - here)} pictures of {run.folder} changed since it was trained; expected the same data at "
            f"{about['source']}, for the comparison with Keras. Put the old ones back, or train again."
        )
    return Pictures(pixels, *((part.rows, part.targets) for part in (parts.validation, parts.test)))
