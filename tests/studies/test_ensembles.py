"""Is an ensemble a run like any other, and are models that do not fit together refused?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import receta
from receta import Recipe
from receta.core.errors import RecetaError
from receta.studies.comparison import compare
from receta.studies.ensembles import combine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small runs: two on irises, and one on diabetes."""
    folder = tmp_path_factory.mktemp("runs")
    asked = {
        "linear": ("sklearn:iris", Recipe(rungs=("linear",))),
        "mlp": ("sklearn:iris", Recipe(rungs=("mlp",), epochs=4)),
        "values": ("sklearn:diabetes", Recipe(rungs=("linear",))),
    }
    for name, (data, recipe) in asked.items():
        parts = receta.split(receta.load(data), recipe)
        receta.train(parts, recipe, folder / name, force=True)
    return {name: folder / name for name in asked}


def test_an_ensemble_is_a_run_that_is_evaluated_compared_and_exported(runs, tmp_path):
    pair = [runs["linear"], runs["mlp"]]
    made = combine(pair, how="average", out=tmp_path / "both")
    found, run = made.found, made.run
    assert found["weights"] == [0.5, 0.5]
    assert {"members", "weights", "test", "best_single", "gain"} <= found.keys()
    assert found["gain"]["value"] == pytest.approx(
        found["test"]["accuracy"] - found["best_single"]["value"]
    )
    data = receta.load("sklearn:iris")
    parts = receta.split(data, Recipe())
    examples = run.examples(parts.test)
    each = [receta.Run.open(one).predict_rows(examples) for one in pair]
    assert np.allclose(run.predict_rows(examples), np.mean(each, axis=0), atol=1e-6)
    assert receta.evaluate(run, parts.test).accuracy == found["test"]["accuracy"]
    bundle = receta.export(run, "onnx", tmp_path / "onnx")
    assert bundle.max_gap < 1e-4
    again = combine(pair, how="average", out=tmp_path / "both")
    assert again.found == found
    assert json.loads((tmp_path / "both" / "ensemble.json").read_text()) == found
    with pytest.raises(RecetaError, match="another ensemble"):
        combine(pair, how="nnls", out=tmp_path / "both")


def test_all_ways_judge_on_the_test_part_and_say_what_validation_promised(runs, tmp_path):
    for how in ("nnls", "greedy", "stack"):
        found = combine([runs["linear"], runs["mlp"]], how=how, out=tmp_path / how).found
        assert found["n"] == {"weights": 21, "test": 23}
        assert found["validation"]["n"] == 21
        low, high = found["gain"]["interval"]
        assert low <= found["gain"]["value"] <= high


def test_one_model_learns_what_an_ensemble_says(runs, tmp_path):
    pair = [runs["linear"], runs["mlp"]]
    found = combine(pair, out=tmp_path / "both", to_one="mlp").found["one"]
    one = receta.Run.open(found["run"])
    assert one.best.rung == "mlp"
    assert found["test"]["accuracy"] == one.scores["accuracy"]
    assert 0 <= found["agreement"] <= 1


def test_networks_of_one_build_are_mixed_into_one_of_their_size(runs, tmp_path):
    recipe = Recipe(rungs=("mlp",), epochs=4, dropout=0.0)
    parts = receta.split(receta.load("sklearn:iris"), recipe)
    receta.train(parts, recipe, tmp_path / "other", force=True)
    soup = combine([runs["mlp"], tmp_path / "other"], how="soup", out=tmp_path / "soup").run
    weights = [receta.Run.open(one).model().weights for one in (runs["mlp"], tmp_path / "other")]
    for mean, one, other in zip(soup.model().weights, *weights, strict=True):
        wanted = (np.asarray(one.numpy(), float) + np.asarray(other.numpy(), float)) / 2
        if np.asarray(one.numpy()).dtype.kind == "f":
            assert np.allclose(mean.numpy(), wanted, atol=1e-6)


def test_two_runs_are_compared_on_the_test_examples_of_both(runs):
    found = compare(runs["linear"], runs["mlp"]).to_json()
    assert found["n"] == 23
    assert any(one.startswith("rungs: linear -> mlp") for one in found["recipe"])
    assert found["data"] == "the same data, divided in the same way"
    assert found["difference"] == pytest.approx(found["values"][1] - found["values"][0])
    assert found["test"] == "McNemar's exact test"
    back = compare(runs["mlp"], runs["linear"])
    assert back.difference == pytest.approx(-found["difference"])
    assert back.p == found["p"]


@pytest.mark.parametrize(
    ("names", "how", "said"),
    [
        (("linear",), "average", "alone makes no ensemble"),
        (("linear", "linear"), "average", "named twice"),
        (("linear", "values"), "average", "differ in their task"),
        (("linear", "mlp"), "soup", "different builds"),
        (("linear", "mlp"), "mean", "--how mean is unknown"),
        (("linear", "nowhere"), "average", "no run folder"),
    ],
)
def test_models_that_do_not_fit_together_are_refused_in_one_line(runs, tmp_path, names, how, said):
    places = [runs.get(name, tmp_path / name) for name in names]
    with pytest.raises(RecetaError, match=said) as caught:
        combine(places, how=how, out=tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out" / "run.json").exists()


def test_folds_answer_together_for_examples_that_none_of_them_saw(tmp_path):
    """A table with a test part of its own: it is in no fold, and judges all of them together."""
    chance = np.random.default_rng(0)
    numbers = chance.normal(0, 1, (150, 2))
    lines = [f"{one:.4f},{other:.4f},{one + other:.4f}" for one, other in numbers]
    for name, some in (("data", lines[:110]), ("more", lines[110:])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["a,b,y", *some]) + "\n")
    asked = {"recipe": Recipe(rungs=("linear",)), "test": tmp_path / "more.csv", "target": "y"}
    found = receta.run(tmp_path / "data.csv", cv=2, out=tmp_path / "cv", **asked)
    assert [one.n for one in found.folds] == [55, 55]
    assert found.interval[0] <= found.mean <= found.interval[1]
    kept = np.load(found.out_of_fold)
    assert len(kept["ids"]) == 110
    assert kept["answers"].shape == (110, 1)
    again = receta.cross_validate(tmp_path / "data.csv", k=2, out=tmp_path / "cv", **asked)
    assert again == found
    made = combine([tmp_path / "cv"], out=tmp_path / "bag").found
    assert made["n"]["test"] == 40
    assert made["gain"]["value"] == pytest.approx(
        made["best_single"]["value"] - made["test"]["value"], abs=1e-9
    )
