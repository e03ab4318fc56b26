"""Is a network that says several labels trained, chosen, judged and handed over like any other?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import labelled
import numpy as np
import pytest
from patience import PATIENCE
from server.serving import serving
from shell import receta as command

from receta import journey
from receta.core.errors import RecipeError
from receta.core.recipe import Recipe
from receta.training import Run

# Label smoothing as well, for it knows of labels too.
RECIPE = Recipe(
    rungs=("prior", "mlp"),
    epochs=30,
    learning_rate=3e-3,
    dropout=0.1,
    label_smoothing=0.02,
    threads=2,
    precision="float32",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return labelled.write(tmp_path_factory.mktemp("shapes"), 600)


@pytest.fixture(scope="module")
def run(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return journey.run(place, out=tmp_path_factory.mktemp("runs") / "shapes", recipe=RECIPE)


def result(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.folder / "result.json").read_text())
    return found


def test_a_run_says_the_labels_of_pictures_that_it_never_saw(run: Run) -> None:
    test = result(run)["test"]
    assert run.task == "labels"
    assert test["mean_average_precision"] > 0.9
    assert test["f1_macro"] > 0.8
    assert test["interval"][0] < test["accuracy"] < test["interval"][1]
    assert test["accuracy"] > test["baselines"]["prior"] == pytest.approx(test["blind"], abs=0.05)
    assert test["chance"] < 0.4
    best = result(run)["best"]
    assert best["rung"] == "mlp"
    assert best["validation_accuracy"] == max(
        rung["validation_accuracy"] for rung in result(run)["rungs"]
    )


def test_every_check_judges_labels_and_none_fails(run: Run) -> None:
    found = {
        (finding["check"], finding.get("where", "")): finding for finding in result(run)["findings"]
    }
    for check in (
        "loss_at_init",
        "prior_bias",
        "overfits_one_batch",
        "beats_blind",
        "beats_prior",
        "predictions_settle",
    ):
        finding = found[check, "mlp"]
        assert finding["verdict"] == "ok", finding
        assert finding.get("judged", True)
    for audit in ("imbalance", "shortcut"):
        assert not found[audit, "a picture may have several labels, not one class"]["judged"]


def test_each_label_has_a_threshold_and_answers_keep_to_them(run: Run, place: Path) -> None:
    from receta.evaluation.predicting import predict

    assert run.thresholds is not None
    assert len(run.thresholds) == 4
    answers, _ = predict(run, [place.parent / "images" / f"{row}.png" for row in range(40)], top=4)
    for one in answers:
        said = {row["class"]: row["probability"] for row in one["top"]}
        assert one["labels"] == [
            name
            for name, from_on in zip(run.class_names, run.thresholds, strict=True)
            if said[name] >= from_on
        ]
        assert one["sure"] == all(
            (said[name] >= from_on) == (said[name] >= 0.5)
            for name, from_on in zip(run.class_names, run.thresholds, strict=True)
        )
    assert len({tuple(one["labels"]) for one in answers}) > 5


def test_a_bundle_says_the_same_labels_and_what_it_knows_of_them(
    run: Run, place: Path, tmp_path: Path
) -> None:
    pytest.importorskip("tf2onnx", reason="its export needs TensorFlow")
    from receta.evaluation.predicting import predict
    from receta.exporters import export
    from receta.predictors import Bundle

    bundle = export(run, "onnx", tmp_path / "onnx")
    plain = json.loads((tmp_path / "onnx" / "bundle.json").read_text())
    assert plain["task"] == "labels"
    assert plain["thresholds"] == list(run.thresholds or ())
    assert bundle.max_gap <= 1e-4
    assert bundle.top_agreement == 1
    assert bundle.accuracy == pytest.approx(result(run)["test"]["accuracy"])
    files = [place.parent / "images" / f"{row}.png" for row in range(30)]
    ours, theirs = (predict(model, files)[0] for model in (run, Bundle.open(tmp_path / "onnx")))
    assert [one["labels"] for one in ours] == [one["labels"] for one in theirs]
    with serving([bundle]) as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        (about,) = client.get("/v1/models").json()["models"]
        assert about["task"] == "labels"
        for path, known in zip(files[:8], ours, strict=False):
            (said,) = client.post("/v1/predict", content=path.read_bytes()).json()["predictions"]
            assert (said["labels"], said["sure"]) == (known["labels"], known["sure"])


def test_other_labelled_pictures_are_judged_by_the_names_of_their_labels(
    run: Run, tmp_path: Path
) -> None:
    from receta.evaluation import evaluate
    from receta.sources import load

    place = labelled.write(tmp_path / "other", 60, seed=5)
    place.write_text(place.read_text().replace("bar,dot,frame,stripe", "stripe,dot,frame,bar", 1))
    lines = place.read_text().splitlines()
    turned = [
        ",".join([file, *reversed_]) for file, *reversed_ in (line.split(",") for line in lines[1:])
    ]
    rows = [row.split(",") for row in turned]
    place.write_text(
        "\n".join(
            [
                lines[0],
                *(
                    ",".join([file, last, dot, frame, first])
                    for file, first, dot, frame, last in rows
                ),
            ]
        )
        + "\n"
    )
    found = evaluate(run, load(place))
    assert found.to_json()["mean_average_precision"] > 0.85


def test_a_folder_of_classes_is_judged_as_one_label_each(run: Run, tmp_path: Path) -> None:
    from PIL import Image

    from receta.evaluation import evaluate
    from receta.sources import load

    pictures, truth = labelled.shapes(200, seed=7)
    for number in np.flatnonzero(truth.sum(axis=1) == 1):
        folder = tmp_path / labelled.NAMES[int(truth[number].argmax())]
        folder.mkdir(exist_ok=True)
        Image.fromarray(pictures[number]).save(folder / f"{number}.png")
    assert evaluate(run, load(tmp_path)).to_json()["mean_average_precision"] > 0.85


def test_the_command_line_and_the_report_speak_of_labels(run: Run, place: Path) -> None:
    said = command("predict", run.folder, place.parent / "images" / "0.png")
    assert said.code == 0, said.err
    assert said.out.splitlines()[0].startswith(f"{place.parent / 'images' / '0.png'}:   ")
    judged = command("evaluate", run.folder, "--verbose")
    assert "of labels of new pictures right: " in judged.out
    assert "test accuracy of labels" in judged.out
    assert "mean average precision" in judged.out
    assert "said from" in judged.out
    page = (run.folder / "report.html").read_text()
    wanted = ("Label by label", "Mean average precision", "Examples of each label")
    for words in (*wanted, "of labels of new pictures right", "judged on 90 test pictures"):
        assert words in page
    assert "Confusion matrix" not in page


@pytest.mark.slow
def test_a_training_of_labels_that_was_stopped_ends_with_the_same_bits(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.test_resume import _Stop, _StopAt, assert_equal_runs

    from receta import load, split, train
    from receta.training import fitting

    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)  # after every step
    recipe = RECIPE.with_settings(
        rungs=("mlp",), epochs=3, augment=0.3, augmentations=("shift", "mixup")
    )
    parts = split(load(place), recipe)
    train(parts, recipe, tmp_path / "undisturbed", force=True)
    for stop in (8, 3, 14):
        try:
            train(parts, recipe, tmp_path / "stopped", force=True, progress=_StopAt(stop))
        except _Stop:
            continue
    train(parts, recipe, tmp_path / "stopped", force=True)
    assert_equal_runs(tmp_path / "undisturbed", tmp_path / "stopped")


def test_the_head_of_a_pretrained_network_says_labels(tmp_path: Path, place: Path) -> None:
    import keras

    from receta import load, split, train
    from receta.pipeline import backend

    backend.start(2)
    backend.forget(1)
    inputs = keras.Input((labelled.SIDE, labelled.SIDE, 1), dtype="uint8")
    x = keras.layers.Conv2D(24, 5, activation="relu")(keras.layers.Rescaling(1 / 255)(inputs))
    keras.Model(inputs, keras.layers.Flatten()(keras.layers.MaxPooling2D(2)(x))).save(
        tmp_path / "own.keras"
    )
    recipe = Recipe(rungs=("prior", f"pretrained:{tmp_path / 'own.keras'}"), threads=2, fine_tune=0)
    done = train(split(load(place), recipe), recipe, tmp_path / "run")
    prior, pretrained = done.rungs
    assert pretrained.measure.value > prior.measure.value + 0.1
    assert pretrained.loss < prior.loss / 1.5


def test_settings_for_one_class_a_picture_stop_the_work_before_it_starts(
    place: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="imbalance=oversample is for one class a picture"):
        journey.run(place, out=tmp_path / "run", recipe=Recipe(imbalance="oversample"))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_labels_that_were_shuffled_apart_from_their_pictures_fail(place: Path) -> None:
    from receta import check, load, split
    from receta.data.derived import with_labels

    data = load(place)
    apart = np.random.default_rng(0).permutation(data.targets)
    found = check(
        split(with_labels(data, apart, data.class_names), Recipe()),
        Recipe(rungs=("mlp",), learning_rate=3e-3),
    )
    verdicts = {finding.check: finding.verdict for finding in found}
    assert verdicts["beats_blind"] in ("fail", "warn")
    assert verdicts["overfits_one_batch"] == "ok"
