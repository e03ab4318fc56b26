"""Does what may hold code ask at every door, whoever names it?"""

from __future__ import annotations

from pathlib import Path

import pytest
from sealing import seal_bundle
from shell import picture, receta

from receta.core import disk
from receta.core.errors import InputError
from receta.core.recipe import Recipe
from receta.predictors import Bundle

ASKS = r"is a SavedModel, whose graph may read and write files here, .* --trust"


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A SavedModel that leaves a mark where it runs, beside `mark`."""
    tf = pytest.importorskip("tensorflow", reason="a SavedModel needs TensorFlow")
    mark = str(tmp_path / "mark")

    class Marks(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 1), tf.uint8, name="pixels")])
        def serve(self, pixels):  # type: ignore[no-untyped-def]
            tf.io.write_file(mark, "it ran")
            return {"probabilities": tf.ones((tf.shape(pixels)[0], 2)) / 2.0}

    module = Marks()
    tf.saved_model.save(
        module, str(tmp_path / "graph"), signatures={"serving_default": module.serve}
    )
    return tmp_path / "graph"


@pytest.fixture
def bundle(graph: Path) -> Path:
    """A bundle of a stranger around it, whose seals fit."""
    disk.write_json(
        graph / "assets.extra" / "receta.json", {"inputs": ["pixels"], "outputs": ["probabilities"]}
    )
    files = [path.relative_to(graph).as_posix() for path in graph.rglob("*") if path.is_file()]
    disk.write_json(
        graph / "bundle.json",
        {
            "format": 1,
            "receta": "0",
            "target": "saved_model",
            "files": files,
            "class_names": ["a", "b"],
            "fit": "stretch",
            "max_gap": 0,
            "input": {"shape": [8, 8, 1], "dtype": "uint8"},
            "top_agreement": None,
            "accuracy": None,
            "reference_accuracy": None,
            "judged_on": "test",
            "n": 1,
        },
    )
    seal_bundle(graph)
    return graph


def test_a_strangers_bundle_runs_with_trust_alone(bundle: Path, tmp_path: Path) -> None:
    import numpy as np

    pixels = np.zeros((1, 8, 8, 1), np.uint8)
    with pytest.raises(InputError, match=ASKS):
        Bundle.open(bundle).predict(pixels)
    from receta.server.models import Models
    from receta.server.places import place

    with pytest.raises(InputError, match=ASKS):
        Models().put("a", place(bundle).open(1))
    assert not (tmp_path / "mark").exists()
    assert Bundle.open(bundle, trust=True).predict(pixels).tolist() == [[0.5, 0.5]]
    assert (tmp_path / "mark").exists()


def test_the_command_says_how_to_repeat_it_with_trust(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(picture(1))
    words = ("predict", bundle, tmp_path / "x.png")
    receta(*words).refused(
        f"If you know where it is from: receta {' '.join(map(str, words))} --trust"
    )
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("door", ["journey", "train", "check", "rate"])
def test_a_recipe_that_names_a_graph_asks_before_any_work(
    door: str, graph: Path, tmp_path: Path
) -> None:
    from receta import check, journey, rate, train
    from receta.core import recipe_files

    (tmp_path / "theirs.toml").write_text(f"rungs = ['pretrained:hub/{graph}']\n")
    named: Recipe = recipe_files.read(tmp_path / "theirs.toml")
    doors = {
        "journey": lambda: journey.run("digits", out=tmp_path / "run", recipe=named),
        "train": lambda: train(None, named, tmp_path / "run"),
        "check": lambda: check(None, named),
        "rate": lambda: rate(None, named.rungs[0], named),
    }
    with pytest.raises(InputError, match=ASKS):
        doors[door]()
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "mark").exists()


def test_an_onnx_file_with_loops_asks_and_one_with_weights_elsewhere_is_refused(
    tmp_path: Path,
) -> None:
    from receta.core.errors import RunError
    from receta.exporters import onnx

    onnx_format = pytest.importorskip("onnx", reason="the extra onnx is not installed")
    helper = onnx_format.helper
    number = onnx_format.TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(name, number, [1]) for name in ("x", "y")]

    def write(operation: str, weight: object = None) -> None:
        nodes = [helper.make_node(operation, ["x"], ["y"])]
        held = [] if weight is None else [weight]
        onnx_format.save(
            helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], held)),
            tmp_path / onnx.FILE,
        )

    write("Relu")
    assert onnx.code(tmp_path) == ""
    for operation in ("Loop", "Scan"):
        write(operation)
        assert "loops" in onnx.code(tmp_path)
    weight = helper.make_tensor("w", number, [1], [1.0])
    weight.data_location = onnx_format.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="w.bin")
    write("Relu", weight)
    with pytest.raises(RunError, match="names weights in another file"):
        onnx.code(tmp_path)
