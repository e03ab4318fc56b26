"""How does a run compare pictures with those that it was trained on?"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta import models
from receta.core import disk
from receta.core.errors import RunError
from receta.core.likeness import Likeness
from receta.core.predictor import refuse_names
from receta.core.scale import Scale
from receta.core.spec import Fit
from receta.data.examples import Examples
from receta.pixels import decode
from receta.training.networks import predict

if TYPE_CHECKING:
    import keras

_ADVICE = "Restore it from a copy, or train again into another folder with --out."


class Comparing:
    """The part of a run that tells how unlike its training pictures others are."""

    if TYPE_CHECKING:
        folder: Path
        _model: keras.Model

        @property
        def fit(self) -> Fit: ...

        @property
        def scale(self) -> Scale: ...

        def predict(self, inputs: np.ndarray) -> np.ndarray: ...

    @functools.cached_property
    def likeness(self) -> Likeness | None:
        """What tells a picture unlike all classes; None where nothing does.

        So of labels, of older runs and of networks without features.
        """
        path = self.folder / "likeness.json"
        if not path.exists():
            return None
        try:
            return Likeness.from_json(disk.read_json(path))
        except ValueError as error:
            raise RunError(f"{path} is damaged ({error}). {_ADVICE}") from error

    @functools.cached_property
    def _network_with_features(self) -> keras.Model | None:
        return None if self.likeness is None else models.add_features(self._model)

    def judge(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """What `predict` gives, and how unlike the training pictures each is (n,).

        None in place of the second where the run cannot tell.
        """
        if self.likeness is None or self._network_with_features is None:
            return self.predict(inputs), None
        refuse_names(inputs)
        pictures = np.asarray(inputs, self._network_with_features.inputs[0].dtype)
        said, features = self._network_with_features.predict(pictures, batch_size=256, verbose=0)
        features = np.asarray(features, np.float32)
        known = self.likeness.fitting(features, self.folder / "likeness.json", _ADVICE)
        return np.asarray(said), known.unlike(features)

    def unlike_rows(self, examples: Examples) -> np.ndarray | None:
        """How unlike the training pictures those of a view are (n,); None where nothing tells."""
        if self.likeness is None or self._network_with_features is None:
            return None
        features = self.features(self._model, examples)
        known = self.likeness.fitting(features, self.folder / "likeness.json", _ADVICE)
        return known.unlike(features)

    def features(self, model: keras.Model, examples: Examples) -> np.ndarray:
        """(n, width) float32: what the last layer of one of the run's networks takes."""
        import keras

        examples = self.at_size_of(model, examples)
        if parts := models.cut_at_head(model):
            return self.stored_features(parts[0], examples)
        featured = models.add_features(model)
        if featured is None:
            return np.zeros((len(examples), 0), np.float32)
        alone = keras.Model(featured.inputs[0], featured.outputs[1])
        return predict(alone, examples).astype(np.float32)

    def at_size_of(self, model: keras.Model, examples: Examples) -> Examples:
        """The examples as one of the run's networks takes them."""
        shape = model.input_shape[1:]
        if tuple(shape) == examples.inputs.shape:
            return examples
        *size, channels = shape
        return examples.fed_by(
            decode(examples, tuple(size), channels, fit=self.fit, scale=self.scale)
        )

    def stored_features(self, body: keras.Model, examples: Examples) -> np.ndarray:
        """(n, width) of a frozen network, computed at most once for each picture."""
        from receta.pipeline.features import features

        return features(body, examples.inputs, examples.rows)
