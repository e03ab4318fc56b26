"""Does TensorFlow.js say what Keras says, whatever the network is made of?"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from receta.core.errors import MissingExtra
from receta.exporters import _tfjs_node, _tfjs_proving, tfjs

_SPEC = importlib.util.spec_from_file_location("tfjs_zoo", Path(__file__).with_name("tfjs_zoo.py"))
zoo: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(zoo)


@pytest.fixture(scope="module", autouse=True)
def _asked() -> None:
    """Skips where Node.js or the built page is missing."""
    try:
        _tfjs_node.program()
        _tfjs_node.scripts()
    except MissingExtra as missing:
        pytest.skip(str(missing))


def gap(model: Any, folder: Path, forms: tuple[str, ...] = _tfjs_proving.FORMS, variant: str = "") -> float:
    """Largest difference between Keras and what was written, at batch 1 and 16, as a share of values above 1."""
    _tfjs_proving.written(model, folder, {"names": ["a"]}, variant, forms=forms)
    runtime = tfjs.opened(folder)
    gaps = []
    for n in (1, 16):
        inputs = _tfjs_proving.made_up(model, n)
        given = runtime(inputs)
        gaps.append(_tfjs_proving.distance(_tfjs_proving.answers(model, inputs), given if isinstance(given, list) else [given]))
    return max(gaps)


@pytest.mark.parametrize("name", zoo.TWINS)
def test_a_layer_says_the_same_in_tfjs_layers(name: str, tmp_path: Path) -> None:
    assert gap(zoo.shaken(zoo.TWINS[name]()), tmp_path, zoo.LAYERS) < 1e-5


@pytest.mark.parametrize("name", zoo.GRAPHS)
def test_what_tfjs_layers_lacks_says_the_same_in_a_graph(name: str, tmp_path: Path) -> None:
    model = zoo.shaken(zoo.GRAPHS[name]())
    assert gap(model, tmp_path) < 1e-5
    assert json.loads((tmp_path / "model.json").read_text())["format"] == "graph-model"
