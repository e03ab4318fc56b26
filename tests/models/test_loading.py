"""Is a network loaded from every form that people have it in, and code only when it is trusted?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras import ops

from receta import models
from receta.core.errors import InputError
from receta.pipeline import backend

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


@pytest.fixture(scope="module")
def made() -> Any:
    """A network of several kinds of layers."""
    backend.start()
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3), name="pictures")
    x = layers.SeparableConv2D(4, 3)(layers.Rescaling(1 / 255)(inputs))
    x = layers.LSTM(5)(layers.Reshape((6, 24))(layers.DepthwiseConv2D(1)(x)))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


def pictures() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 3)).astype(np.float32)


def agrees(path: Path, made: Any, *, trust: bool = False) -> bool:
    loaded = models.load(path, trust=trust)
    said, truth = (
        ops.convert_to_numpy(network(pictures(), training=False)) for network in (loaded, made)
    )
    return bool(np.abs(said - truth).max() < 1e-6)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_whole_network_is_loaded(name: str, made, tmp_path) -> None:
    made.save(tmp_path / name)
    assert agrees(tmp_path / name, made)


def test_an_architecture_with_its_weights_is_loaded(made, tmp_path) -> None:
    (tmp_path / "net.json").write_text(made.to_json())
    with pytest.raises(
        InputError, match=r"net.json has no weights beside it; expected net.weights.h5 or net.h5"
    ):
        models.load(tmp_path / "net.json")
    made.save_weights(tmp_path / "net.weights.h5")
    assert agrees(tmp_path / "net.json", made)
    with pytest.raises(InputError, match="weights without an architecture"):
        models.load(tmp_path / "net.weights.h5")


def test_a_saved_model_is_loaded_only_when_trusted(made, tmp_path) -> None:
    pytest.importorskip("tensorflow", reason="a SavedModel needs TensorFlow")
    made.export(tmp_path / "saved", verbose=False)
    with pytest.raises(
        InputError, match=r"is a SavedModel, whose graph may read and write files .* --trust"
    ):
        models.load(tmp_path / "saved")
    assert agrees(tmp_path / "saved", made, trust=True)
    with pytest.raises(InputError, match="is no SavedModel"):
        models.load(tmp_path, trust=True)


@pytest.mark.parametrize("name", ["code.keras", "code.h5"])
def test_a_lambda_layer_is_code(name: str, tmp_path) -> None:
    import keras

    inputs = keras.Input((3,))
    keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs)).save(tmp_path / name)
    with pytest.raises(InputError, match=r"holds a Lambda layer, which is code .* --trust"):
        models.load(tmp_path / name)
    assert (
        float(
            np.asarray(models.load(tmp_path / name, trust=True)(np.ones((1, 3), np.float32)))[0, 0]
        )
        == 2
    )
