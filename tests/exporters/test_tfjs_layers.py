"""Does TensorFlow.js say what Keras says, layer by layer?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tfjs_zoo

from receta.exporters.javascript import files, nodejs, proving

pytestmark = pytest.mark.usefixtures("tfjs_asked")


def gap(model: Any, folder: Path, form: str, backend: str) -> float:
    """Largest difference from Keras of what is written in a form, at batch 1 and 16.

    A share of values above 1.
    """
    files.write(folder, *proving.write_form(model, form), {})
    opened = nodejs.Opened(folder, backend)
    inputs = proving.made_up(model, 16)
    expected = proving.answers(model, inputs)
    first = opened.predict([one[:1] for one in inputs])
    return max(
        proving.distance(expected, opened.predict(inputs)),
        proving.distance([one[:1] for one in expected], first),
    )


@pytest.mark.parametrize("name", tfjs_zoo.TWINS)
def test_a_layer_says_the_same_in_tfjs_layers(name: str, tmp_path: Path) -> None:
    backend = "cpu" if name in tfjs_zoo.CPU_ALONE else "wasm"
    assert gap(tfjs_zoo.shaken(tfjs_zoo.TWINS[name]()), tmp_path, "layers-model", backend) < 1e-5


@pytest.mark.parametrize("name", tfjs_zoo.GRAPHS)
def test_what_tfjs_layers_lacks_says_the_same_in_a_graph(name: str, tmp_path: Path) -> None:
    backend = "cpu" if name in tfjs_zoo.CPU_ALONE else "wasm"
    assert gap(tfjs_zoo.shaken(tfjs_zoo.GRAPHS[name]()), tmp_path, "graph-model", backend) < 1e-5
