"""Which models does a server hold, by which name and version, and is each ready?"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from receta import kinds, tasks
from receta.core.abstention import SURE
from receta.core.errors import RecetaError
from receta.core.likeness import Likeness
from receta.core.predictor import Predictor, ask
from receta.core.spec import Spec
from receta.evaluation import predicting, warning
from receta.server.batching import Batcher
from receta.server.large import LargeLine
from receta.server.limits import Limits
from receta.server.page import browser_models
from receta.server.places import FAST
from receta.server.reading import Given

_CORES = len(os.sched_getaffinity(0))
_TRIES, _TRYING_S = 20, 0.02  # at the speed of a network


class Model:
    """One version of a model: a predictor and the line before it."""

    def __init__(self, name: str, version: int, predictor: Predictor, batcher: Batcher) -> None:
        self.name, self.version, self.predictor, self.ready = name, version, predictor, False
        self.class_names = tuple(predictor.class_names)
        self.spec = kinds.specs_of(predictor)[0]
        self.output = tasks.output_name(getattr(predictor, "task", "classes"))
        self.sure_from: float = getattr(predictor, "sure_from", SURE)
        self.task: str = getattr(predictor, "task", "classes")
        # of labels, one each
        self.thresholds: Sequence[float] | None = getattr(predictor, "thresholds", None)
        self.likeness: Likeness | None = getattr(predictor, "likeness", None)
        self.batcher = batcher

    @property
    def target(self) -> str:
        """What it is written for: onnx, keras ..."""
        return getattr(self.predictor, "target", "keras")

    @property
    def schema(self) -> dict[str, Any]:
        """One example of a request, in the words of JSON Schema."""
        return kinds.of_model(self.predictor).schema(self.predictor)

    def about(self) -> dict[str, Any]:
        """What a page must know of it."""
        return {
            "name": self.name,
            "version": self.version,
            "target": self.target,
            "ready": self.ready,
            "class_names": list(self.class_names),
            "sure_from": self.sure_from,
            "none": None if self.likeness is None else self.likeness.figures(),
            "task": self.task,
            "margins": getattr(self.predictor, "margins", None),
            "verdict": warning.find_word(self.predictor),
            "specs": [spec.to_json() for spec in kinds.specs_of(self.predictor)],
            "input": {"shape": list(self.spec.shape), "dtype": self.spec.dtype},
            **browser_models.describe_model(self.name, self.predictor),
        }

    async def answers(
        self, names: Sequence[str], given: Sequence[Given], top: int, sure_from: float | None
    ) -> list[dict[str, Any]]:
        """What it says of examples, as `receta predict` gives it; raises Unreadable."""
        judged = await self.batcher.judge(names, given)
        words = predicting.answer(
            self.predictor, judged.probabilities, judged.unlike, top=top, sure_from=sure_from
        )
        return [{"id": name, **one} for name, one in zip(names, words, strict=True)]

    def warm(self) -> None:
        """Load it and let it answer once, so that the first request need not wait.

        Raises RecetaError when its file cannot be used.
        """
        if self.ready:
            return
        try:
            ask(self.predictor, np.zeros((1, *self.spec.shape), self.spec.dtype))
            if self.target in FAST:  # others may wait for more than a processor
                self.batcher.learn_speed(_seconds(self.predictor, self.spec))
        except RecetaError:
            raise
        except Exception as error:  # a runtime's own words on a file that is spoilt
            where = getattr(self.predictor, "folder", self.name)
            raise RecetaError(
                f"the network in {where} cannot be loaded ({type(error).__name__}: "
                f"{' '.join(str(error).split())[:200]}); "
                f"expected one that answers. Export the run again."
            ) from error
        self.ready = True


class Models:
    """All models by name and version; a change is seen whole or not at all.

    Requests that are under way keep the version that they began with.
    """

    def __init__(
        self, limits: Limits = Limits(), seen: Callable[[str, int], None] = lambda name, n: None
    ) -> None:
        self.limits, self.seen = limits, seen
        # Slots of several models may wait for each other's networks; a picture that is decoded may
        # need 300 MB.
        self.pool = ThreadPoolExecutor(2 * _CORES + 2, "receta")
        self._large = LargeLine(self.pool)
        self._lock = threading.Lock()
        self._named: dict[str, dict[int, Model]] = {}  # replaced as a whole, never changed in place

    def names(self) -> list[str]:
        """The names, the one that answers where none is asked for first."""
        return list(self._named)

    def __iter__(self) -> Iterator[Model]:
        """The newest version of each."""
        return iter([versions[max(versions)] for versions in self._named.values()])

    def every(self) -> list[Model]:
        """Every version of each."""
        return [model for versions in self._named.values() for model in versions.values()]

    def versions(self, name: str) -> list[int]:
        """The versions of a model, the oldest first; none of an unknown one."""
        return sorted(self._named.get(name, ()))

    def get(self, name: str | None = None, version: int | None = None) -> Model | None:
        """A model: the first where no name is given, its newest version where none is."""
        named = self._named
        versions = named.get(next(iter(named), "") if name is None else name)
        if versions is None:
            return None
        return versions.get(max(versions) if version is None else version)

    def add(self, name: str, predictor: Predictor, version: int = 1) -> Model:
        """Add a version of a model that is not loaded yet."""
        with self._lock:
            return self._set(self._make_model(name, version, predictor), self._named.get(name, {}))

    def put(self, name: str, predictor: Predictor, version: int | None = None) -> Model:
        """Load a predictor, then let it answer under a name instead of what did.

        version: stands beside the others; None is the next one, in whose favour all older
        ones go. No request is lost: those under way end on the one they began with. Takes as
        long as loading does, so call it from a thread. Raises RecetaError, and nothing
        changes, when the predictor cannot answer.
        """
        known = self.versions(name)
        model = self._make_model(name, version or (known[-1] + 1 if known else 1), predictor)
        model.warm()
        with self._lock:
            self._set(model, {} if version is None else self._named.get(name, {}))
        return model

    def drop(self, name: str, version: int) -> None:
        """Take a version away; the last one of a model stays."""
        with self._lock:
            kept = {
                number: model
                for number, model in self._named.get(name, {}).items()
                if number != version
            }
            if kept:
                self._named = {**self._named, name: kept}

    def _make_model(self, name: str, version: int, predictor: Predictor) -> Model:
        line = Batcher(
            predictor,
            self.pool,
            self.limits,
            slots=max(2, _CORES),
            seen=lambda n: self.seen(name, n),
            large=self._large,
        )
        return Model(name, version, predictor, line)

    def _set(self, model: Model, beside: dict[int, Model]) -> Model:
        self._named = {**self._named, model.name: {**beside, model.version: model}}
        return model


def _seconds(predictor: Predictor, spec: Spec) -> float:
    """Processor time of a loaded network for one example: the clock would measure other work
    too.
    """
    inputs = np.zeros((1, *spec.shape), spec.dtype)
    took: list[float] = []
    while sum(took) < _TRYING_S and len(took) < _TRIES:
        began = time.thread_time()
        ask(predictor, inputs)
        took.append(time.thread_time() - began)
    return min(took)


def free(name: str, used: Collection[str]) -> str:
    """The name itself, or with a number behind it where it is in use.

    >>> free("onnx", ["onnx"])
    'onnx-2'
    """
    return next(
        tried
        for number in range(1, len(used) + 2)
        if (tried := name if number == 1 else f"{name}-{number}") not in used
    )


def gather_models(given: Any, limits: Limits = Limits()) -> Models:
    """Models of predictors: by their folder's name, with a number where two are called the same."""
    predictors = list(given) if isinstance(given, Sequence) else [given]
    if not predictors:
        raise RecetaError("there is nothing to serve; expected at least one bundle or run.")
    models = Models(limits)
    for predictor in predictors:
        models.add(
            free(
                Path(getattr(predictor, "folder", "model")).resolve().name or "model",
                models.names(),
            ),
            predictor,
        )
    return models
