"""Does a network that Keras 2 saved say here what it said there? tests/models/keras2/make.py made the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import models
from receta.core.errors import InputError
from receta.pipeline import backend

FILES = Path(__file__).parent / "keras2"
OTHERS = ("hard_sigmoid.h5", "training.h5", "code.h5", "architecture.weights.h5")
NAMES = sorted(
    path.name
    for path in FILES.iterdir()
    if path.suffix in (".h5", ".keras", ".json") and path.name not in OTHERS
)


@pytest.fixture(scope="module")
def answers() -> dict[str, np.ndarray]:
    backend.start()
    return dict(np.load(FILES / "answers.npz"))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_the_same(name: str, answers) -> None:
    import keras

    before = (FILES / name).read_bytes()
    network = models.load(FILES / name)
    called = name.partition(".")[0].replace("architecture", "series")
    given = [answers[f"{called}_x{number}"] for number in range(len(network.inputs))]
    said = keras.tree.flatten(network(given if len(given) > 1 else given[0], training=False))
    meant = [answers[f"{called}_y{number}"] for number in range(len(said))]
    for one, other in zip(said, meant, strict=True):
        assert np.abs(keras.ops.convert_to_numpy(one) - other).max() <= 1e-5 * max(
            1, np.abs(other).max()
        )
    assert (FILES / name).read_bytes() == before


def test_all_kinds_of_files_are_there() -> None:
    assert len(NAMES) == 16
    assert {Path(name).suffix for name in NAMES} == {".h5", ".keras", ".json"}


def test_it_is_saved_anew_exported_and_trained_on(answers, tmp_path) -> None:
    import keras

    from receta.exporters import export, subject

    pytest.importorskip("tf2onnx", reason="its exports need TensorFlow")
    network = models.load(FILES / "course.h5")
    network.save(tmp_path / "new.keras")
    again = keras.saving.load_model(tmp_path / "new.keras", safe_mode=True)
    assert np.allclose(again(answers["course_x0"], training=False), answers["course_y0"], atol=1e-6)
    keras.utils.set_random_seed(0)
    network.compile("sgd", "mse")
    network.fit(answers["course_x0"], np.eye(3)[[0, 1, 2, 0]], verbose=0)
    assert not np.allclose(
        network(answers["course_x0"], training=False), answers["course_y0"], atol=1e-6
    )
    bundle = export(
        subject(FILES / "course.h5", class_names=("a", "b", "c")), "onnx", tmp_path / "onnx"
    )
    assert bundle.takes_pictures
    assert np.abs(bundle.predict(answers["course_x0"]) - answers["course_y0"]).max() < 1e-5


def test_what_would_be_wrong_without_a_word_is_refused() -> None:
    with pytest.raises(
        InputError,
        match=r"hard_sigmoid.h5 cannot be loaded: lstm.* has a hard_sigmoid, which is .* in "
        r"Keras 2",
    ):
        models.load(FILES / "hard_sigmoid.h5")
    with pytest.raises(
        InputError,
        match=r"is called with training=True, so that in Keras 2 BatchNormalization .* works as "
        r"in training",
    ):
        models.load(FILES / "training.h5")


def test_its_code_is_run_only_when_trusted() -> None:
    with pytest.raises(InputError, match=r"code.h5 holds a Lambda layer, which is code .* --trust"):
        models.load(FILES / "code.h5")
    assert (
        float(
            np.asarray(models.load(FILES / "code.h5", trust=True)(np.ones((1, 3), np.float32)))[
                0, 0
            ]
        )
        == 2
    )
