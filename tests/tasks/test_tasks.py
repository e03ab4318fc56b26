"""Is what each task reckons right, and does every entry hold what the shelf asks for?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import tasks
from receta.core.errors import RecetaError, RecipeError
from receta.core.recipe import Recipe
from receta.core.registry import Shelf
from receta.core.targets import move_targets, spell_target
from receta.tasks import classes, labels
from receta.tasks._label_scores import sure


def truth(n: int = 400, names: int = 3, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random((n, names)) < (0.5, 0.2, 0.05)[:names]).astype(
        np.int8
    )


def test_the_blind_network_says_the_shares_of_classes_and_of_labels() -> None:
    shares = labels.blind(truth(), 3)
    said = 1 / (1 + np.exp(-labels.bias(shares).astype(float)))
    assert said == pytest.approx(truth().mean(axis=0), abs=1e-6)
    assert labels.blind_loss(shares, truth()) == pytest.approx(labels.entropy(shares), abs=1e-6)
    targets = np.array([0, 0, 0, 1])
    shares = classes.blind(targets, 2)
    raised = np.exp(classes.bias(shares).astype(float))
    assert raised / raised.sum() == pytest.approx([0.75, 0.25])
    assert classes.blind_loss(shares, targets) == pytest.approx(classes.entropy(shares))


def test_the_loss_of_labels_is_that_of_keras() -> None:
    import keras

    said = np.random.default_rng(1).uniform(0.01, 0.99, (400, 3)).astype(np.float32)
    theirs = np.asarray(keras.losses.binary_crossentropy(truth().astype(np.float32), said))
    assert labels.losses(said, truth()) == pytest.approx(theirs, rel=1e-5)


def test_predictions_that_know_nothing_have_no_reliance_and_perfect_ones_have_all() -> None:
    held = truth()
    assert labels.reliance(
        np.tile(held.mean(axis=0), (len(held), 1)), held
    ).mean() == pytest.approx(0)
    assert labels.reliance(held.astype(float), held).mean() == pytest.approx(1)
    # None reaches 0.5, and all labels are told apart: accuracy sees nothing of it.
    modest = 0.1 + 0.2 * held
    assert labels.hits(modest, held).mean() == labels.hits(np.zeros_like(modest), held).mean()
    assert labels.reliance(modest, held).mean() == pytest.approx(0.2)


def test_a_threshold_is_the_one_of_the_best_f1() -> None:
    from sklearn.metrics import f1_score

    dice = np.random.default_rng(2)
    held = truth(300)
    said = np.clip(0.25 * held + dice.uniform(0, 0.4, held.shape), 0, 1).round(2)  # with ties
    for label, chosen in enumerate(labels.thresholds(said, held)):
        tried = [
            f1_score(held[:, label], said[:, label] >= one, zero_division=0)
            for one in np.unique(said[:, label])
        ]
        assert f1_score(held[:, label], said[:, label] >= chosen) == pytest.approx(max(tried))


def test_a_label_that_few_examples_have_is_said_from_one_half_on() -> None:
    held = np.zeros((50, 2), np.int8)
    held[:4, 0] = 1
    held[:5, 1] = 1
    said = np.tile(np.linspace(0.3, 0.0, 50)[:, None], (1, 2))
    first, second = labels.thresholds(said, held)
    assert first == 0.5
    assert said[5, 1] < second < said[4, 1]


def test_an_answer_is_sure_where_every_label_said_is_likelier_than_not() -> None:
    said = np.array([[0.9, 0.1], [0.4, 0.1], [0.9, 0.6]])
    assert sure(said, (0.3, 0.7)).tolist() == [True, False, False]


def test_strata_are_the_rarest_labels_without_gaps() -> None:
    held = truth(500)
    found = labels.strata(held)
    assert set(found.tolist()) == {0, 1, 2, 3}
    assert (found[held[:, 2] > 0] == 2).all()
    assert (found[~held.any(axis=1)] == 3).all()


def test_targets_are_spelled_and_read_again() -> None:
    held = truth(60)
    assert np.array_equal(labels.read([spell_target(row) for row in held], 3), held)
    targets = np.array([3, 0, 12])
    assert np.array_equal(classes.read([spell_target(row) for row in targets], 13), targets)


def test_labels_keep_their_names_among_others() -> None:
    held = truth(20, 2)
    found = move_targets(held, np.array([2, 0]), 3)
    assert np.array_equal(found[:, 2], held[:, 0])
    assert np.array_equal(found[:, 0], held[:, 1])
    assert not found[:, 1].any()


@pytest.mark.parametrize(
    "settings", [{"imbalance": "oversample"}, {"costs": "a>b=2"}, {"max_error": 0.01}], ids=str
)
def test_settings_for_one_class_a_picture_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(
        RecipeError, match=r"may have several labels; expected none, .* Leave it out"
    ):
        labels.refuse(Recipe().with_settings(**settings))


def test_a_recipe_without_them_is_accepted() -> None:
    labels.refuse(Recipe(label_smoothing=0.1, augmentations=("mixup",)))


@pytest.mark.parametrize("name", tasks.names())
def test_an_entry_is_found_by_the_last_layer_and_by_its_targets(name: str) -> None:
    entry = tasks.of(name)
    assert tasks.of_ending(name, "" if entry.ACTIVATION == "linear" else entry.ACTIVATION) is entry
    assert tasks.of_targets(np.zeros(2, entry.DTYPE)) is entry


def test_an_entry_that_lacks_something_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = (
        Path(labels.__file__)
        .read_text()
        .replace('MEASURE = "accuracy"', 'FIGURE = "accuracy"')
        .replace("MEASURE", "FIGURE")
    )
    silent = Path(labels.__file__).read_text().replace("def entropy(", "def disorder(")
    package = tmp_path / "shelf_of_tasks"
    package.mkdir()
    for name, text in (("__init__", ""), ("lacking", lacking), ("silent", silent)):
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    shelf = Shelf("shelf_of_tasks", "task", contract=tasks.Task)
    with pytest.raises(
        RecetaError,
        match=r"shelf_of_tasks/lacking.py lacks MEASURE; expected the name of the figure that "
        r"models are",
    ):
        shelf.module("lacking")
    with pytest.raises(
        RecetaError,
        match=r"silent.py lacks entropy; expected a function: Loss of the blind answer on the "
        r"training part",
    ):
        shelf.module("silent")


def test_one_value_alone_explains_nothing_and_far_ones_that_vary_do() -> None:
    from receta.tasks import values

    assert values.gains(np.array([[3.0]]), np.array([5.0]))[0] == 0
    far = 1e9 + np.array([-500.0, 500.0, 100.0])
    assert values.gains(far[:, None], far)[0] == pytest.approx(1)
