"""Is the number format that was chosen the one that computes, and is the model float32?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training import scene

from receta.core.recipe import Recipe
from receta.pipeline import backend
from receta.training import precision, train

MACHINE = {"bfloat16": True, "processor": "a test's"}


@pytest.mark.parametrize(("chosen", "computes"), [("mixed_bfloat16", "bfloat16"), ("float32", "float32")])
def test_training_computes_in_the_chosen_format_and_hands_over_float32(
    chosen: str, computes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.training import rung

    seen: list[str] = []
    fit = rung.fit
    monkeypatch.setattr(rung, "fit", lambda name, model, *rest: (seen.append(model.get_layer("dense_256").compute_dtype),
                                                                   fit(name, model, *rest))[1])  # fmt: skip
    run = train(scene.parts(), Recipe(rungs=("mlp",), epochs=1, precision=chosen), tmp_path, force=True)
    assert seen == [computes]
    assert run.rungs[0]["precision"] == chosen
    model = run.model()
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert all(weight.dtype == np.float32 for weight in model.get_weights())


def small_and_large() -> tuple[object, object]:
    import keras

    def build(units: int) -> keras.Model:
        inputs = keras.Input((64,))
        return keras.Model(inputs, keras.layers.Dense(units)(inputs))

    return build(10), build(100_000)


def test_without_bfloat16_arithmetic_or_for_a_small_network_nothing_is_measured() -> None:
    backend.start()
    small, _ = small_and_large()
    batch = (np.zeros((2, 64)), np.zeros(2))
    chosen, why, speed = precision.faster(lambda: small, batch, {"bfloat16": False}, name="any")
    assert (chosen, speed) == ("float32", {})
    assert "no bfloat16 arithmetic" in why
    chosen, why, speed = precision.faster(lambda: small, batch, MACHINE, name="any")
    assert (chosen, speed) == ("float32", {})


def test_what_was_measured_decides_and_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    backend.start()
    _, large = small_and_large()
    batch = (np.zeros((2, 64)), np.zeros(2))
    asked: list[int] = []

    def measured(networks: dict[str, object], batch: object) -> dict[str, float]:
        asked.append(len(networks))
        return {"float32": 1000.0, "mixed_bfloat16": 1500.0}

    monkeypatch.setattr(precision, "_side_by_side", measured)
    for _ in range(2):
        chosen, why, _ = precision.faster(lambda: large, batch, MACHINE, name="one")
        assert chosen == "mixed_bfloat16"
        assert "1500 pictures a second here, float32 1000 (1.50 times)" in why
    assert asked == [2], "the second time it was known"
    monkeypatch.setattr(precision, "_side_by_side", lambda *_: {"float32": 1000.0, "mixed_bfloat16": 1050.0})
    assert precision.faster(lambda: large, batch, MACHINE, name="other")[0] == "float32"
