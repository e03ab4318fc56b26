"""Is the number format that was chosen the one that computes, and is the model float32?"""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from training import scene

from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.pipeline import backend
from receta.training import precision, train

if TYPE_CHECKING:
    import keras

MACHINE = {"bfloat16": True, "backend": "tensorflow"}


@pytest.mark.parametrize(
    ("chosen", "computes"), [("mixed_bfloat16", "bfloat16"), ("float32", "float32")]
)
def test_training_computes_in_the_chosen_format_and_hands_over_float32(
    chosen: str, computes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.training import rung

    seen: list[str] = []
    fit = rung.fit
    monkeypatch.setattr(
        rung,
        "fit",
        lambda name, model, *rest, **words: (
            seen.append(model.get_layer("dense_256").compute_dtype),
            fit(name, model, *rest, **words),
        )[1],
    )
    run = train(
        scene.parts(), Recipe(rungs=("mlp",), epochs=1, precision=chosen), tmp_path, force=True
    )
    assert seen == [computes]
    assert run.rungs[0].precision == chosen
    model = run.model()
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert all(weight.dtype == np.float32 for weight in model.get_weights())


def dense(units: int) -> keras.Model:
    import keras

    inputs = keras.Input((64,))
    return keras.Model(inputs, keras.layers.Dense(units)(inputs))


@pytest.mark.parametrize(
    ("units", "machine", "chosen", "said"),
    [
        (
            62_500,
            {},
            "mixed_bfloat16",
            "this processor computes with it, and 4 M multiplications an example are enough",
        ),
        (61_000, {}, "float32", "3.9 M multiplications an example are too few"),
        (10, {}, "float32", "0.00064 M multiplications an example are too few"),
        (62_500, {"bfloat16": False}, "float32", "this processor has no bfloat16 arithmetic"),
        (
            62_500,
            {"backend": "jax"},
            "float32",
            "bfloat16 was measured with TensorFlow, not with jax",
        ),
    ],
)
def test_processor_and_network_decide(
    units: int, machine: dict[str, Any], chosen: str, said: str
) -> None:
    backend.start()
    found, why = precision.decide(dense(units), {**MACHINE, **machine})
    assert found == chosen
    assert said in why
    assert why.startswith(chosen)


def test_a_network_that_cannot_be_seen_into_computes_in_float32() -> None:
    backend.start()
    import keras

    class Own(keras.layers.Layer):
        def build(self, shape: tuple[int, ...]) -> None:
            self.kernel = self.add_weight(shape=(shape[-1], 9))

        def call(self, inputs: Any) -> Any:
            return inputs @ self.kernel

    inputs = keras.Input((64,))
    assert precision.decide(keras.Model(inputs, Own()(inputs)), MACHINE)[0] == "float32"


def test_no_clock_is_read_to_decide_and_what_was_decided_goes_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.training import planning

    clock = itertools.count(0.0, 1000.0)  # as if each look took for ever

    def asked(*given: object) -> float:
        raise AssertionError("a clock decides")

    monkeypatch.setattr(precision, "images_per_second", asked)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(
        precision, "decide", lambda *given: ("mixed_bfloat16", "mixed_bfloat16: a test says so")
    )
    run = train(scene.parts(), Recipe(rungs=("mlp",), epochs=1), tmp_path, force=True)
    assert run.rungs[0].precision == "mixed_bfloat16"
    assert "a test says so" in run.rungs[0].why
    monkeypatch.setattr(precision, "decide", asked)
    session = Session(tmp_path / "rungs" / "mlp")
    kept = planning.plan("mlp", scene.parts(), Recipe(), session)  # type: ignore[arg-type]
    assert kept.precision == "mixed_bfloat16"
