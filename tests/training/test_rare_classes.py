"""Is the best epoch, and the best rung, one that names rare classes where `imbalance=` asks?"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from receta import load, split, tasks, train
from receta.core.measure import Measure
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.training.result import RungResult, choose


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """An mlp of three passes on 300 rows, a tenth of them rare."""
    folder = tmp_path_factory.mktemp("rare")
    chance = rng(0, "rare")
    rare = np.arange(300) % 10 == 0
    cells = chance.normal(size=(300, 2)) + rare[:, None]
    rows = [
        f"{a:.3f},{b:.3f},{'rare' if one else 'often'}"
        for (a, b), one in zip(cells, rare, strict=True)
    ]
    (folder / "rare.csv").write_text("a,b,y\n" + "\n".join(rows) + "\n")
    recipe = Recipe(rungs=("prior", "tabular"), imbalance="oversample", epochs=3, threads=1)
    parts = split(load(folder / "rare.csv", target="y"), recipe)
    told: list[float] = []
    seen = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: told.append(logs["val_balanced_accuracy"])
    )
    made = train(parts, recipe, folder / "run", force=True, callbacks=[seen])
    return parts, made, told


def test_keras_counts_balanced_accuracy_as_scikit_learn_does_batch_by_batch():
    targets = rng(0, "targets").integers(0, 3, 40)
    answers = rng(0, "answers").random((40, 4)).astype(np.float32)
    answers[:, 3] = 0  # a class that never comes
    metric = tasks.of("classes").metric_evenly(4)
    for rows in (slice(0, 17), slice(17, 40)):
        metric.update_state(targets[rows], answers[rows])
    wanted = balanced_accuracy_score(targets, answers.argmax(axis=1))
    assert float(metric.result()) == pytest.approx(wanted)
    assert tasks.of("classes").measure_evenly(answers, targets).value == pytest.approx(wanted)


def test_a_rung_is_chosen_by_balanced_accuracy_where_rare_classes_count():
    def made(rung: str, accuracy: float, evenly: float | None) -> RungResult:
        balanced = None if evenly is None else Measure("balanced_accuracy", evenly)
        measure = Measure("accuracy", accuracy)
        return RungResult(rung, "trained", "", measure=measure, loss=0.5, evenly=balanced)

    assert choose([made("linear", 0.95, 0.5), made("mlp", 0.9, 0.8)]).rung == "mlp"
    assert choose([made("linear", 0.95, None), made("mlp", 0.9, None)]).rung == "linear"
    again = RungResult.from_json(made("mlp", 0.9, 0.8).to_json())
    assert (again.measure.value, again.evenly) == (0.9, Measure("balanced_accuracy", 0.8))


def test_a_trained_rung_tells_what_it_was_chosen_by(run):
    parts, trained, _ = run
    validation = trained.examples(parts.validation)
    for rung in trained.rungs:
        answers = trained.predict_rows(validation, rung.rung)
        wanted = balanced_accuracy_score(validation.targets, answers.argmax(axis=1))
        assert rung.evenly.value == pytest.approx(wanted)
    assert trained.rungs[0].evenly.value == 0.5


def test_the_best_epoch_is_that_of_the_best_balanced_accuracy(run):
    _, trained, told = run
    tabular = trained.rungs[1]
    assert len(told) == tabular.epochs == 3
    assert tabular.evenly.value == pytest.approx(max(told), abs=1e-6)
    assert told[tabular.best_epoch - 1] == max(told)
