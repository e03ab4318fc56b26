"""Which examples of its run is a written network judged on, and calibrated on?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta import kinds, tasks
from receta.core import disk, records
from receta.core.errors import InputError, RunError
from receta.core.seeds import rng
from receta.data.examples import Parts
from receta.data.image import DECODER_VERSION
from receta.exporters.evidence.calibration import Rows
from receta.exporters.parity.evidence import Batch
from receta.pixels import Pixels
from receta.training import Run, parts_of

_MANY = 256
Part = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Own:
    """The examples of a run: rows and targets of its parts."""

    inputs: Any
    train: Part
    validation: Part
    test: Part
    calibrating: Rows | None = None  # in place of training examples

    @property
    def untold(self) -> tuple[str, ...]:
        """Nothing: these are the numbers that it learnt from."""
        return ()

    @property
    def source(self) -> str:
        """The words for `rows`."""
        things = kinds.of_specs(self.inputs.specs).NOUN.many
        return f"training {things}" if self.calibrating is None else self.calibrating.source

    def probes(self, n: int) -> np.ndarray:
        """Validation examples from all over the part, n in all; repeats some of a small part.

        The last quarter is changed to what the data may lack: missing cells, unknown words.
        """
        rows = self.validation[0]
        found = self.inputs.take(rows[np.linspace(0, len(rows) - 1, n).astype(int)])
        spec, sound = self.inputs.specs[0], n - n // 4
        spoilt = kinds.of_specs(self.inputs.specs).spoil(spec, found[sound:])
        return np.concatenate([found[:sound], spoilt])

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        """What accuracies are taken on: validation, and test where there is such a part."""
        for name, part in (("validation", self.validation), ("test", self.test)):
            if len(part[0]):
                yield name, self._batches(*part)

    def _batches(self, rows: np.ndarray, targets: np.ndarray) -> Iterator[Batch]:
        for start in range(0, len(rows), _MANY):
            yield self.inputs.take(rows[start : start + _MANY]), targets[start : start + _MANY]

    def rows(self, n: int) -> np.ndarray:
        """n training examples, drawn by chance.

        All where there are fewer.
        """
        if self.calibrating is not None:
            return np.asarray(self.calibrating.rows(n))
        rows = self.train[0] if len(self.train[0]) else self.validation[0]
        return self.inputs.take(rng(0, "calibrate").permutation(rows)[:n])


def examples_of(run: Run) -> Own:
    """The very examples that a run was chosen and judged on, known by their contents.

    Pictures come from the cache of pixels; what is in none, from the data again.
    Raises RunError that says what is missing when neither has them.
    """
    split = disk.read_json(run.folder / "split.json", records.SPLIT)
    digests: dict[str, str] = disk.read_json(run.folder / "data.json", records.DATA)
    wanted = [
        [digests[one].rpartition(":")[::2] for one in split[part] if one in digests]
        for part in ("train", "validation", "test")
    ]
    # training examples only calibrate
    contents = {content for part in wanted[1:] for content, _ in part}
    for pixels in _find_caches(run):
        found = {
            content.decode(): row
            for row, content in enumerate(pixels.digests)
            if pixels.pixel_digests[row]
        }
        if contents <= found.keys():
            task = tasks.of(run.task)
            known = [
                [(found[content], target) for content, target in part if content in found]
                for part in wanted
            ]
            train, validation, test = (
                (
                    np.array([row for row, _ in part], np.int64),
                    task.read([target for _, target in part], len(run.class_names)),
                )
                for part in known
            )
            return Own(pixels, train, validation, test)
    return _from_the_data(run, contents)


def _find_caches(run: Run) -> Iterator[Pixels]:
    """Caches of pixels of this run's shape, the newest first."""
    if not kinds.of_model(run).NOUN.is_seen:
        return
    height, width, channels = run.input_shape
    found = sorted(
        (disk.cache_root() / "pixels").glob("*/manifest.json"),
        key=lambda path: -path.stat().st_mtime,
    )
    for path in found:
        known = disk.read_json(path)
        same = (*known["size"], known["channels"], known["fit"], known["decoder"]) == (
            *run.input_shape,
            run.fit,
            DECODER_VERSION,
        )
        if same and known.get("scale", {}) == run.scale.to_json():
            yield Pixels(path.parent, (height, width), channels, run.fit, run.scale)


def _from_the_data(run: Run, contents: set[str]) -> Own:
    from receta.sources import load

    about, things = run.about["data"], kinds.of_model(run).NOUN.many
    if "options" not in about:  # data of the user's own, or changed after they were read
        again = (
            "Decode the data again with receta.decode, or run from a path."
            if kinds.of_model(run).NOUN.is_seen
            else "Write the changed data with receta clean --out, and train on what stands there."
        )
        raise RunError(
            f"the {things} of {run.folder} are in no cache, and the run does not know "
            "where its data are "
            f"({about['source']}); expected them for the comparison with Keras. {again}"
        )
    options: dict[str, Any] = dict(about["options"])
    if options.get("shape") is not None:
        options["shape"] = tuple(options["shape"])
    try:
        data = load(about["source"], test=about["test"], **options)
        inputs = run.inputs(data)
        parts = Parts.of(parts_of(run, data), inputs)
    except (InputError, RunError) as error:
        raise RunError(
            f"the {things} of {run.folder} are gone ({error}) Expected the data that it was "
            "trained on, for the comparison "
            f"with Keras. Put them back at {about['source']}."
        ) from error
    here = {
        parts.validation.inputs.digests[row].decode()
        for part in (parts.validation, parts.test)
        for row in part.rows
    }
    if not contents <= here:
        raise RunError(
            f"{len(contents - here)} {things} of {run.folder} changed since it was trained; "
            "expected the same data at "
            f"{about['source']}, for the comparison with Keras. Put the old ones back, or train "
            "again."
        )
    train, validation, test = ((part.rows, part.targets) for part in parts)
    return Own(parts.validation.inputs, train, validation, test)
