"""Can every rung be handed over for every target, and say there what it says here?"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from covering import pairs

from receta import models
from receta.core.errors import MissingExtra
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.exporters import SHELF, parse_target
from receta.exporters.evidence.made_up import MadeUp
from receta.exporters.subjects.subject import make_inference
from receta.pipeline import backend
from receta.predictors.described import Input
from receta.training.views import merge_views, views

SHARES = np.array([0.6, 0.3, 0.1])
BLANK = Recipe(weights="random")
RUNGS = [name for name in models.SHELF.names() if "images" in models.SHELF.module(name).KINDS]
OWN = [name for name in RUNGS if not name.startswith("course_")]
DEFAULT = ("cnn", "pretrained")
# Those for browsers have tests of their own (test_tfjs.py), which ask more.
EXACT = [
    name
    for name in SHELF.names()
    if "" not in getattr(SHELF.module(name), "LOSSY", ()) and name not in ("web", "tfjs")
]
WRITTEN = [name for name in EXACT if name != "keras"]
BACKBONES = ("MobileNetV2", "ResNet50", "EfficientNetB0", "MobileNetV3Small", "DenseNet121")
SMALL = ["litert:int8", "onnx:int8", "c_array"]


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(3)


def gap(model: Any, target: str, folder: Path) -> float:
    """Largest difference of a probability between Keras and a target, at batch 3 and 1."""
    module, name, variant = parse_target(target)
    inputs = (Input("pixels", model.input_shape[1:], "uint8", highest=255.0),)
    patterns = MadeUp(inputs)
    taken = patterns.probes(3)
    inference, _ = make_inference(model, inputs, patterns)
    about = {
        "class_names": ["a", "b", "c"],
        "receta": "test",
        "inputs": ["pixels"],
        "outputs": ["probabilities"],
    }
    write = getattr(module, name)
    wanted = inspect.signature(write).parameters
    given = {
        key: value
        for key, value in {"variant": variant, "rows": patterns.rows}.items()
        if key in wanted
    }
    try:
        with backend.hush():
            write(inference, folder, about, **given)
        runtime = module.opened(folder)
    except MissingExtra as missing:
        pytest.skip(str(missing))
    expected = inference.predict_on_batch(taken)
    return float(
        max(
            np.abs(expected - runtime(taken)).max(), np.abs(expected[:1] - runtime(taken[:1])).max()
        )
    )


def test_a_convolutional_network_says_the_same_in_litert(tmp_path: Path) -> None:
    """The others, and all other rungs: below, for they take a minute."""
    assert gap(models.build("cnn", of_pixels((12, 10, 1)), SHARES), "litert", tmp_path) < 1e-5


@pytest.mark.parametrize(("rung", "target"), pairs(RUNGS, EXACT, whole=DEFAULT))
def test_every_rung_says_the_same_in_every_target(rung: str, target: str, tmp_path: Path) -> None:
    shape = (108, 120, 3) if "grey" in rung else (24, 20, 3)
    assert gap(models.build(rung, of_pixels(shape), SHARES, BLANK), target, tmp_path) < 1e-5


@pytest.mark.parametrize(("rung", "target"), pairs(OWN, SMALL, whole=DEFAULT))
def test_every_rung_can_be_made_of_whole_numbers(rung: str, target: str, tmp_path: Path) -> None:
    assert gap(models.build(rung, of_pixels((24, 20, 3)), SHARES, BLANK), target, tmp_path) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "target"),
    [
        *((backbone, "onnx") for backbone in BACKBONES),
        *(("MobileNetV2", target) for target in WRITTEN if target != "onnx"),
    ],
)
def test_a_pretrained_network_keeps_its_scaling_and_resizing(
    backbone: str, target: str, tmp_path: Path
) -> None:
    """One of each scaling (tf, caffe, inside, torch); 32 x 32 is enlarged inside."""
    assert (
        gap(
            models.build(f"pretrained:{backbone}", of_pixels((32, 32, 3)), SHARES, BLANK),
            target,
            tmp_path,
        )
        < 1e-4
    )


@pytest.mark.slow
@pytest.mark.parametrize("target", [*EXACT, "litert:int8"])
def test_views_answer_together_in_every_target(target: str, tmp_path: Path) -> None:
    model = models.build("cnn", of_pixels((16, 16, 1)), SHARES)
    most = 0.1 if ":" in target else 1e-5
    assert gap(merge_views(model, views("mirror+shift", (16, 16, 1))), target, tmp_path) < most


@pytest.mark.parametrize(
    ("normalization", "target"),
    pairs(["batch", "layer", "group", "none"], WRITTEN, whole=["batch"]),
)
def test_every_normalisation_says_the_same_in_every_target(
    normalization: str, target: str, tmp_path: Path
) -> None:
    recipe = Recipe(normalization=normalization, stochastic_depth=0.2)
    assert gap(models.build("cnn", of_pixels((16, 16, 1)), SHARES, recipe), target, tmp_path) < 1e-5
