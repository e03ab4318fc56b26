"""Is the layer named that stands in a target's way, in our words, whatever the converter said?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from receta.core.errors import ExportRefused, InputError
from receta.exporters import export, subject
from receta.exporters.writing import refusals
from receta.pipeline import backend


@pytest.fixture(scope="module")
def model():
    """A network with a layer of each kind that some target lacks, one of them nested."""
    backend.start()
    import keras
    from keras import layers, ops

    inner = keras.Sequential(
        [keras.Input((6, 4)), layers.LSTM(4, return_sequences=True, name="steps")], name="body"
    )
    inputs = keras.Input((6, 4), name="series")
    x = inner(inputs)
    whole = layers.IntegerLookup(vocabulary=[1, 2], name="numbers")(ops.cast(inputs[:, 0], "int64"))
    x = ops.erfinv(ops.tanh(layers.Flatten()(x)))
    return keras.Model(
        inputs,
        layers.Dense(2, name="dense_1")(layers.Concatenate()([x, ops.cast(whole, "float32")])),
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "No Op registered for LookupTableFindV2 with domain_version of 17",
            "the layer numbers (IntegerLookup)",
        ),
        (
            'loc(fused["HashTableV2:", "hash_table"]): \'tf.HashTableV2\' op is neither a custom '
            "op",
            "the layer numbers (IntegerLookup)",
        ),
        (
            "Bad node spec. Name: inference_1/functional_2/numbers_1/None_Lookup/Find OpType: Find",
            "the layer numbers (IntegerLookup)",
        ),
        (
            "Bad node spec. Name: inference_1/body_1/steps_1/while/TensorList",
            "the layer steps (LSTM)",
        ),
        (
            "Failed operations detailed log: -- Loop-17 with a message: Check",
            "the layer steps (LSTM)",
        ),
        (
            "Unknown op 'Erfinv'. File an issue at https://github.com, or call tf.registerOp()",
            "the operation Erfinv of keras.ops",
        ),
        (
            "the layer dense_1 (Dense) has no twin in tfjs-layers: the operation Erfinv has no "
            "twin",
            "the operation Erfinv of keras.ops",
        ),
        (
            "the layer numbers (IntegerLookup) has no twin in tfjs-layers",
            "the layer numbers (IntegerLookup)",
        ),
        ("Name: inference_1/dense_1_1/MatMul", "the layer dense_1 (Dense)"),
        ("zip() argument 3 is longer than arguments 1-2", "None"),
    ],
)
def test_the_layer_is_found_by_its_name_in_a_path_or_by_what_it_is_made_of(
    words, found, model
) -> None:
    assert str(refusals.culprit(model, words)) == found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "No Op registered for LookupTableFindV2",
            r"cannot hold the layer numbers \(IntegerLookup\) .*do its work before the network",
        ),
        ("Name: a/steps/while", r"cannot hold the layer steps \(LSTM\).*set unroll=True on it"),
        (
            "OpType: Erfinv",
            r"cannot hold the operation Erfinv of keras.ops \(the target has no Erfinv\).*other "
            r"functions of keras.ops",
        ),
        (
            "core.cpp:84: Check 'false' failed",
            r"cannot be written \(likely because of the layer steps \(LSTM\)\).*--debug shows",
        ),
    ],
)
def test_a_refusal_says_what_to_put_in_its_place_and_none_of_the_converters_words(
    words, said, model
) -> None:
    line = refusals.refusal("onnx", "written", RuntimeError(words), model)
    assert re.search(f"^the onnx file {said}", line), line
    assert "\n" not in line
    assert words not in line


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    backend.start()
    import keras
    from keras import layers

    folder = tmp_path_factory.mktemp("refused")
    made = {
        "table": keras.Sequential(
            [
                keras.Input((4,), dtype="int32"),
                layers.Hashing(7, name="hashed"),
                layers.Embedding(7, 3),
                layers.Flatten(),
                layers.Dense(2),
            ]
        ),
        "stateful": keras.Sequential(
            [
                keras.Input(batch_shape=(1, 4, 3)),
                layers.LSTM(3, stateful=True, name="memory"),
                layers.Dense(2),
            ]
        ),
    }
    for name, network in made.items():
        network.save(folder / f"{name}.keras")
    return {name: folder / f"{name}.keras" for name in made}


def test_the_converters_own_words_are_the_cause_alone_and_the_other_targets_are_written(
    files, tmp_path
) -> None:
    """`--debug` prints the causes of an error, nothing else does."""
    from typer.testing import CliRunner

    from receta.cli.app import app

    done = CliRunner().invoke(
        app, ["export", str(files["table"]), "--to", "onnx,keras", "--out", str(tmp_path)]
    )
    assert isinstance(done.exception, ExportRefused)
    assert "cannot hold the layer hashed (Hashing)" in str(done.exception)
    assert "No Op registered" not in str(done.exception)
    assert isinstance(done.exception.__cause__, ExceptionGroup)
    assert "No Op registered" in str(done.exception.__cause__.exceptions[0].__cause__)
    assert (tmp_path / "keras" / "model.keras").is_file()


@pytest.mark.parametrize("target", ["onnx", "litert", "tfjs"])
def test_a_layer_that_keeps_a_table_is_named_by_every_converter(target, files, tmp_path) -> None:
    with pytest.raises(
        ExportRefused, match=r"cannot hold the layer hashed \(Hashing\) .*cut the network behind it"
    ):
        export(files["table"], target, tmp_path / "inner" / target)
    assert list((tmp_path / "inner").iterdir()) == []


def test_a_network_that_remembers_is_told_so(files) -> None:
    with pytest.raises(
        InputError,
        match=r"its layer memory remembers from call to call\); expected .* Build memory with "
        r"stateful=False",
    ):
        subject(files["stateful"])
