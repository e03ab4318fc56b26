"""Are smaller exports calibrated and judged on what the network really takes, or refused?"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from shell import receta

from receta.core.errors import ExportRefused, InputError, Uncalibrated
from receta.core.progress import Quiet
from receta.exporters import export, subject
from receta.exporters.evidence import calibration, input_scales
from receta.pipeline import backend
from receta.predictors import Bundle
from receta.predictors.described import Input, Output

RNG = np.random.default_rng(11)


@pytest.fixture(scope="module")
def keras_layers() -> Any:
    backend.start()
    from keras import layers

    return layers


def chain(shape: tuple[int | None, ...], *made: Any) -> Any:
    import keras

    return keras.Sequential([keras.Input(shape), *made])


def normalised(
    layers: Any, shape: tuple[int, ...], mean: float, deviation: float, *before: Any
) -> Any:
    """A network whose BatchNormalization has seen values of a mean and a deviation."""
    layer = layers.BatchNormalization(name="seen")
    model = chain(shape, *before, layer, layers.Flatten(), layers.Dense(3, activation="softmax"))
    layer.moving_mean.assign(np.full(layer.moving_mean.shape, mean))
    layer.moving_variance.assign(np.full(layer.moving_variance.shape, deviation**2))
    return model


# What a network tells of its scale


@pytest.mark.parametrize(
    ("build", "low", "high"),
    [
        (lambda k: chain((8, 8, 3), k.Rescaling(1 / 255), k.Conv2D(2, 3)), 0, 255),
        (lambda k: chain((8, 8, 3), k.Rescaling(1 / 127.5, offset=-1), k.Conv2D(2, 3)), 0, 255),
        (lambda k: chain((784,), k.Rescaling(1 / 255), k.Dense(2)), 0, 255),
        (
            lambda k: chain(
                (8, 8, 1), chain((8, 8, 1), k.RandomFlip(), k.Rescaling(1 / 255)), k.Conv2D(2, 3)
            ),
            0,
            255,
        ),
        (
            lambda k: chain(
                (None, None, 3),
                k.Rescaling(1 / 255),
                k.Normalization(mean=0.4, variance=0.05),
                k.Conv2D(2, 3),
            ),
            0,
            255,
        ),
        (lambda k: normalised(k, (8, 8, 1), 80, 95), 0, 255),
        (lambda k: normalised(k, (64,), 0.5, 0.3), -1.0, 2.0),
        (lambda k: normalised(k, (5, 4), 0.5, 0.3, k.Flatten()), -1.0, 2.0),
        (lambda k: normalised(k, (13,), 0, 1e-3, k.Rescaling(1 / 500, offset=0.2)), -103, -97),
        (
            lambda k: chain((13,), k.Normalization(mean=-150.0, variance=145.0**2), k.Dense(2)),
            -875,
            575,
        ),
        (lambda k: chain((8, 8, 3), k.Lambda(lambda x: x / 127.5 - 1), k.Conv2D(2, 3)), 0, 255),
    ],
)
def test_what_is_made_up_has_the_scale_that_the_first_layers_tell(
    build, low, high, keras_layers, tmp_path
) -> None:
    """Patterns of a network that tells: within 5 deviations of the mean, or whole pixels."""
    build(keras_layers).save(tmp_path / "net.keras")
    evidence = subject(tmp_path / "net.keras", trust=True).evidence
    assert evidence.untold == ()
    drawn = evidence.rows(200)
    assert low <= drawn.min()
    assert drawn.max() <= high
    assert np.ptp(drawn) > 0.4 * (high - low)


@pytest.mark.parametrize(
    "build",
    [
        lambda k: chain((13,), k.Dense(2)),
        lambda k: chain((8, 8, 3), k.Conv2D(2, 3)),
        lambda k: chain((8, 8, 3), k.Rescaling(1 / 1000), k.Conv2D(2, 3)),
        lambda k: chain((13,), k.Rescaling(0.01), k.Dense(2)),
        lambda k: chain((13,), k.BatchNormalization(), k.Dense(2)),
        lambda k: chain((13,), k.LayerNormalization(), k.Dense(2)),
        lambda k: chain((13,), k.Dense(4), k.BatchNormalization(), k.Dense(2)),
        lambda k: chain((13,), k.Dense(4), k.Rescaling(1 / 255), k.Dense(2)),
    ],
)
def test_no_scale_is_guessed_where_nothing_tells_it(build, keras_layers, tmp_path) -> None:
    model = build(keras_layers)
    taken = Input("x", tuple(model.inputs[0].shape[1:]), "float32")
    assert input_scales.find_scale(model, model.inputs[0], taken) is None


# Refused, or proven on real rows


@pytest.fixture(scope="module")
def table(keras_layers, tmp_path_factory) -> Path:
    """Four classes of 13 features from -400 to 100, which the first layer takes as they are.

    Rows.npz beside it.
    """
    folder = tmp_path_factory.mktemp("table")
    x = RNG.uniform(-400, 100, (400, 13)).astype(np.float32)
    turned = RNG.normal(size=(13, 4)).astype(np.float32)
    model = chain(
        (13,),
        keras_layers.Dense(13, activation="relu"),
        keras_layers.Dense(4, activation="softmax"),
    )
    first, last = model.layers
    first.set_weights([np.eye(13, dtype=np.float32), np.full(13, 400, np.float32)])
    last.set_weights([turned / 40, -250 * turned.sum(axis=0) / 40])
    model.save(folder / "table.keras")
    y = (((x + 150) / 40) @ turned).argmax(axis=1)
    np.savez(folder / "rows.npz", x=x, y=y)
    return folder


@pytest.mark.parametrize(
    "target",
    ["litert:int8", "litert:float16", "onnx:int8", "openvino:float16", "tfjs:uint8", "c_array"],
)
def test_a_smaller_variant_without_rows_or_scale_is_wrong_use_that_names_the_option(
    target, table, tmp_path
) -> None:
    with pytest.raises(
        Uncalibrated, match=r"nothing tells which values table.keras takes .* Give --calibrate DATA"
    ) as refused:
        export(table / "table.keras", target, tmp_path / "small")
    assert refused.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_what_can_be_proven_and_asks_once_for_the_rest(table, tmp_path) -> None:
    ended = receta(
        "export",
        table / "table.keras",
        "--to",
        "keras,onnx:int8,litert:float16,c_array",
        "--out",
        tmp_path,
    )
    assert ended.code == 2
    assert ended.err.count("--calibrate DATA") == 1
    assert (
        "onnx:int8, litert:float16, c_array would be calibrated and judged on values that are "
        "made up" in ended.err
    )
    assert [path.name for path in tmp_path.iterdir()] == ["keras"]


@pytest.mark.slow
@pytest.mark.parametrize("target", ["litert:int8", "onnx:int8", "c_array"])
def test_an_int8_file_keeps_its_accuracy_on_real_rows(target, table, tmp_path) -> None:
    """As its own runtime says it of all rows.

    Calibrated on made-up values it fell from 0.995 to 0.41.
    """
    bundle = export(
        table / "table.keras",
        target,
        tmp_path / "small",
        calibrate=table / "rows.npz",
        tolerance=0.03,
    )
    assert (bundle.judged_on, bundle.calibrated_on) == ("rows of rows.npz", "rows of rows.npz")
    assert bundle.reference_accuracy > 0.99
    rows = np.load(table / "rows.npz")
    answers = Bundle.open(tmp_path / "small").predict(rows["x"])
    assert (answers.argmax(axis=1) == rows["y"]).mean() > bundle.reference_accuracy - 0.03


@pytest.mark.slow
def test_an_int8_file_of_a_network_that_begins_with_its_statistics_takes_their_range(
    keras_layers, tmp_path
) -> None:
    """Its input stands for about 0 to 255 in 255 steps.

    Made-up values of -3..3 gave one of 0.02 a step.
    """
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    normalised(keras_layers, (8, 8, 1), 80, 95).save(tmp_path / "net.keras")
    bundle = export(tmp_path / "net.keras", "litert:int8", tmp_path / "small", tolerance=0.2)
    assert bundle.judged_on == bundle.calibrated_on == "made-up inputs, scaled as seen tells"
    with backend.hush():
        (taken,) = interpreter.Interpreter(
            str(tmp_path / "small" / "model.tflite")
        ).get_input_details()
    scale, zero = taken["quantization"]
    assert scale * (0 - zero) <= 5
    assert 230 <= scale * (255 - zero) <= 300


def test_pictures_calibrate_and_judge_where_pixels_are_known(keras_layers, tmp_path) -> None:
    """Two classes by their brightness, told by name.

    The rows are decoded to the size that the network takes.
    """
    from PIL import Image

    model = chain((6, 6, 1), keras_layers.Flatten(), keras_layers.Dense(2, activation="softmax"))
    model.layers[1].set_weights([np.tile(np.float32([[1, -1]]), (36, 1)), np.float32([-18, 18])])
    model.save(tmp_path / "net.keras")
    for number in range(40):
        place = tmp_path / "data" / ("bright", "dark")[number % 2] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((9, 9), (190 + number, 20 + number)[number % 2], np.uint8)).save(
            place
        )
    small = export(
        subject(tmp_path / "net.keras", class_names=("bright", "dark"), pixels="0..1"),
        "onnx:int8",
        tmp_path / "small",
        calibrate=tmp_path / "data",
    )
    assert (small.judged_on, small.n, small.accuracy, small.reference_accuracy) == (
        "rows of data",
        20,
        1.0,
        1.0,
    )
    with pytest.raises(
        InputError,
        match=r"nothing tells which values the network was trained on; expected --pixels as well",
    ):
        export(tmp_path / "net.keras", "onnx:int8", tmp_path / "other", calibrate=tmp_path / "data")


@pytest.mark.slow
def test_a_run_can_be_calibrated_on_other_rows_and_is_judged_on_its_own(
    digits_run, tmp_path
) -> None:
    bundle = export(digits_run, "onnx:int8", tmp_path / "other", calibrate="digits")
    assert (bundle.calibrated_on, bundle.judged_on, bundle.validation["on"]) == (
        "rows of digits",
        "test",
        "validation",
    )
    assert export(digits_run, "onnx:int8", tmp_path / "own").calibrated_on == "training pictures"


@pytest.mark.slow
def test_a_column_that_float16_or_8_bits_cannot_hold_is_named(keras_layers, tmp_path) -> None:
    """One number around 100,000, which has no float16, and two of about 0.001."""
    model = chain((8,), keras_layers.Dense(3))
    kernel = RNG.normal(size=(8, 3)).astype(np.float32) * np.float32([1e4, 1e-3, 1e-3])
    model.layers[0].set_weights([kernel, np.float32([1e5, 0, 0])])
    model.save(tmp_path / "three.keras")
    np.save(tmp_path / "rows.npy", RNG.normal(size=(64, 8)).astype(np.float32))
    named = subject(tmp_path / "three.keras", class_names=("price", "x", "y")).calibrate(
        tmp_path / "rows.npy", Quiet()
    )
    for target, column in (
        ("litert:float16", "price"),
        ("openvino:float16", "price"),
        ("tfjs:uint8", "[xy]"),
        ("onnx:int8", "[xy]"),
    ):
        with pytest.raises(
            ExportRefused,
            match=rf"is off in column {column} of 3 by \d+.*% of its range .*expected at most "
            r"1.00%",
        ):
            export(named, target, tmp_path / "small")
    exact = export(named, "onnx", tmp_path / "exact")
    assert exact.max_gap < 1e-5
    assert exact.top_agreement is None


# What --calibrate reads


def network(
    shape: tuple[int | None, ...] = (3,),
    dtype: str = "float32",
    *,
    several: bool = False,
    highest: float = 0.0,
    untold: tuple[str, ...] = ("one",),
    gives: str = "classes",
) -> Any:
    inputs = (
        Input("one", shape, dtype, highest=highest),
        *([Input("two", (2,), "float32")] if several else []),
    )
    return SimpleNamespace(
        inputs=inputs,
        outputs=(Output("out", (4,), "float32", gives),),
        class_names=tuple("0123"),
        fit="stretch",
        evidence=SimpleNamespace(untold=untold),
        where=Path("net.keras"),
    )


def rows(place: Path, given: Any = None) -> calibration.Rows:
    return calibration.rows(place, given or network(), Quiet())


def test_half_of_the_rows_calibrate_and_the_others_judge(tmp_path) -> None:
    x, y = np.arange(180, dtype=np.float32).reshape(60, 3), np.arange(60) % 4
    np.savez(tmp_path / "a.npz", x=x, y=y)
    found = rows(tmp_path / "a.npz")
    ((_, batches),) = found.parts()
    ((judged, targets),) = batches
    assert len(judged) == len(found.rows(200)) == 30
    assert not set(judged[:, 0]) & set(found.rows(200)[:, 0])
    assert np.array_equal(targets, (judged[:, 0] / 3).astype(int) % 4)
    assert found.probes(64).shape == (64, 3)


@pytest.mark.parametrize(
    ("write", "answers"),
    [
        (lambda place: np.save(place.with_suffix(".npy"), np.ones((30, 3))), False),
        (
            lambda place: np.savez(place.with_suffix(".npz"), one=np.ones((30, 3)), y=np.zeros(30)),
            True,
        ),
        (
            lambda place: np.savez(
                place.with_suffix(".npz"), whatever=np.ones((30, 3), np.float16)
            ),
            False,
        ),
        (lambda place: place.with_suffix(".csv").write_text("1,2,3\n" * 30), False),
        (lambda place: place.with_suffix(".csv").write_text("a,b,y,c\n" + "1,2,3,4\n" * 30), True),
        (
            lambda place: place.with_suffix(".tsv").write_text(
                "a\tb\tc\tLabel\n" + "1e3\t-2\t3\t0\n" * 30
            ),
            True,
        ),
    ],
)
def test_rows_of_plain_numbers_come_in_four_forms(write, answers, tmp_path) -> None:
    write(tmp_path / "data")
    (place,) = tmp_path.iterdir()
    found = rows(place)
    assert found.columns[0].shape == (30, 3)
    assert found.columns[0].dtype == np.float32
    assert (found.targets is not None) is answers


def test_a_network_of_several_inputs_takes_an_array_for_each_by_its_name(tmp_path) -> None:
    np.savez(tmp_path / "a.npz", two=np.ones((30, 2)), one=np.zeros((30, 3)))
    taken = rows(tmp_path / "a.npz", network(several=True)).rows(5)
    assert [part.shape for part in taken] == [(5, 3), (5, 2)]
    np.savez(tmp_path / "b.npz", one=np.zeros((30, 3)))
    with pytest.raises(
        InputError, match=r"has the arrays one; expected one \(n, 3\) and two \(n, 2\)"
    ):
        rows(tmp_path / "b.npz", network(several=True))


def bomb(place: Path) -> None:
    """An archive that says it holds 2 GB of zeros in 2 MB."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (170_000_000, 3)}
    )
    with (
        zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(header.getvalue())
        for _ in range(40):
            member.write(bytes(2**20))


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        (
            "a.npz",
            lambda place: np.savez(place, x=np.array([{}] * 30)),
            "holds object; expected plain numbers",
        ),
        (
            "a.npz",
            lambda place: np.savez(place, x=np.ones((30, 4))),
            r"'x' has the shape (30, 4); expected x (n, 3)",
        ),
        (
            "a.npz",
            lambda place: np.savez(place, x=np.ones((30, 3)), y=np.ones(29)),
            "has 29 answers for 30 rows",
        ),
        (
            "a.npz",
            lambda place: np.savez(place, x=np.full((30, 3), np.nan)),
            "'x' holds what is not finite",
        ),
        (
            "a.npz",
            lambda place: np.savez(place, x=np.ones((19, 3))),
            "holds 19 rows; expected at least 20",
        ),
        ("a.npz", lambda place: place.write_bytes(b"PK\x03\x04" + bytes(50)), "cannot be read"),
        ("a.npz", bomb, "unpacks from"),
        (
            "a.npy",
            lambda place: place.write_bytes(
                b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': "
                b"(99999999, 3), }" + b" " * 58 + b"\n"
            ),
            "MB are there; expected the same",
        ),
        ("a.npy", lambda place: place.write_bytes(b"no numbers"), "cannot be read"),
        (
            "a.csv",
            lambda place: place.write_text("1,2\n" * 30),
            "has 2 columns; expected 3 of numbers",
        ),
        (
            "a.csv",
            lambda place: place.write_text("a,b,c\n" + "1,2,3\n" * 9 + "1,x,3\n"),
            "line 11 holds 'x'; expected plain numbers",
        ),
        (
            "a.csv",
            lambda place: place.write_text("1,2,3\n1,2\n"),
            "line 2 has 2 cells, the first line 3",
        ),
        ("gone.npz", lambda place: None, "does not exist"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_one_line(name, write, words, tmp_path) -> None:
    write(tmp_path / name)
    with pytest.raises(InputError, match=rf"^[^\n]*{re.escape(words)}[^\n]*$"):
        rows(tmp_path / name)


@pytest.mark.parametrize(
    ("values", "given", "words"),
    [
        (
            np.full((30, 4, 4, 1), 0.5),
            network((4, 4, 1), "uint8", highest=255.0, untold=()),
            "leave --pixels away",
        ),
        (
            np.full((30, 4, 4, 1), 200, np.uint8),
            network((4, 4, 1), highest=1.0),
            "expected --pixels as well",
        ),
        (np.full((30, 3), 1e12), network((3,), "int32"), "expected int32"),
        (np.full((30, 3), 0.5), network((3,), "int32"), "expected int32"),
    ],
)
def test_values_of_another_scale_or_type_are_refused(values, given, words, tmp_path) -> None:
    np.savez(tmp_path / "a.npz", x=values)
    with pytest.raises(InputError, match=words):
        rows(tmp_path / "a.npz", given)


def test_numbers_are_no_classes_of_a_network_of_values(tmp_path) -> None:
    with (tmp_path / "a.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([["a", "b", "c", "y"], *([1, 2, 3, 0] for _ in range(30))])
    assert rows(tmp_path / "a.csv", network(gives="values")).targets is None
    assert rows(tmp_path / "a.csv").targets.tolist() == [0] * 15
