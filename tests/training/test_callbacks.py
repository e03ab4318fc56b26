"""Do callbacks of others see one training, stop it, and stand again where they stood?"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE
from training import scene
from training.test_resume import _Stop, _StopAt, assert_equal_runs

from receta.core.errors import RecetaError, RecipeError
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.pipeline import backend
from receta.training import Run, train

RECIPE = Recipe(rungs=("mlp",), epochs=3, batch_size=128, precision="float32", threads=2)


@pytest.fixture(autouse=True)
def _without_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training alone: what comes before it takes longer and is tested elsewhere."""
    from receta import checks

    backend.start(2)
    monkeypatch.setattr(checks, "before", lambda *_, **__: [])


class Said:
    """A progress that keeps the words."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def say(self, text: str) -> None:
        self.words.append(text)

    def bar(self, title: str, total: int, unit: str = "") -> _StopAt:
        return _StopAt(10**9)


def noted(**more: Any) -> Any:
    """A callback that writes down what it is told."""
    import keras

    events: list[Any] = []

    def note(name: str) -> Any:
        return lambda self, *given: events.append(
            (name, given[0]) if given and isinstance(given[0], int) else (name,)
        )

    names = [
        f"on_{when}_{edge}" for when in ("train", "test", "predict") for edge in ("begin", "end")
    ]
    names += [
        f"on_{when}_batch_{edge}"
        for when in ("train", "test", "predict")
        for edge in ("begin", "end")
    ]
    names += ["on_epoch_begin", "on_epoch_end"]
    callback = type(
        "Noted", (keras.callbacks.Callback,), {**{name: note(name) for name in names}, **more}
    )()
    callback.events = events
    return callback


def remembering() -> Any:
    return noted(
        get_state=lambda self: {"events": list(self.events)},
        set_state=lambda self, state: self.events.__setitem__(
            slice(None), [tuple(one) for one in state["events"]]
        ),
    )


def test_a_callback_hears_of_training_validation_and_prediction(tmp_path: Path) -> None:
    heard = noted()
    run = train(scene.parts(), RECIPE, tmp_path / "run", force=True, callbacks=[heard])
    steps = -(-629 // 128)
    names = [event[0] for event in heard.events]
    assert names.count("on_train_begin") == names.count("on_train_end") == 1
    assert [event for event in heard.events if event[0] == "on_epoch_begin"] == [
        ("on_epoch_begin", epoch) for epoch in range(3)
    ]
    assert [event[1] for event in heard.events if event[0] == "on_train_batch_begin"] == 3 * list(
        range(steps)
    )
    assert names.count("on_test_begin") == names.count("on_test_end") == 3
    assert names.count("on_predict_begin") == names.count("on_predict_end") == 1
    assert heard.params["epochs"] == 3
    assert heard.params["steps"] == steps
    assert run.rungs[0].epochs == 3


def test_a_callback_with_a_state_is_told_the_same_however_often_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.training import fitting

    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)  # after every step
    parts, whole = scene.parts(), remembering()
    train(parts, RECIPE, tmp_path / "undisturbed", force=True, callbacks=[whole])
    for stop in (8, 3, 6, 5, 2):
        last = remembering()
        try:
            train(
                parts,
                RECIPE,
                tmp_path / "stopped",
                force=True,
                callbacks=[last],
                progress=_StopAt(stop),
            )
        except _Stop:
            continue
    last = remembering()
    train(parts, RECIPE, tmp_path / "stopped", force=True, callbacks=[last])
    in_training = [event for event in last.events if "predict" not in event[0]]
    assert in_training == [event for event in whole.events if "predict" not in event[0]]
    assert_equal_runs(tmp_path / "undisturbed", tmp_path / "stopped")


def test_a_callback_without_a_state_begins_anew_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.training import fitting

    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    parts = scene.parts()
    with pytest.raises(_Stop):
        train(
            parts, RECIPE, tmp_path / "run", force=True, callbacks=[noted()], progress=_StopAt(12)
        )
    said = Said()
    train(parts, RECIPE, tmp_path / "run", force=True, callbacks=[noted()], progress=said)
    assert any(
        "Noted of mlp cannot be resumed (no get_state and set_state)" in word for word in said.words
    )


def test_a_callback_that_stops_ends_the_training_and_it_stays_ended(tmp_path: Path) -> None:
    import keras

    class Enough(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = epoch == 1

    run = train(scene.parts(), RECIPE, tmp_path / "run", force=True, callbacks=[Enough()])
    assert run.rungs[0].epochs == 2


def test_training_stops_at_the_accuracy_that_was_wanted(tmp_path: Path) -> None:
    recipe = RECIPE.with_settings(epochs=12, stop_at=0.5, learning_rate=3e-3)
    run = train(scene.parts(), recipe, tmp_path / "run", force=True)
    accuracies = [
        float(line.split(",")[5])
        for line in (tmp_path / "run" / "history.csv").read_text().splitlines()[1:]
    ]
    assert run.rungs[0].epochs == len(accuracies) < 12
    assert accuracies[-1] >= 0.5 > max(accuracies[:-1], default=0)


def halving() -> Any:
    import keras

    return keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)


def rates_of(run: Run) -> list[float]:
    lines = (run.folder / "history.csv").read_text().splitlines()
    column = lines[0].split(",").index("learning_rate")
    return [float(line.split(",")[column]) for line in lines[1:]]


def test_a_callback_may_set_the_rate_where_the_schedule_is_constant(tmp_path: Path) -> None:
    constant = RECIPE.with_settings(schedule="constant", learning_rate=0.004)
    run = train(scene.parts(), constant, tmp_path / "run", force=True, callbacks=[halving()])
    assert rates_of(run) == pytest.approx([0.004, 0.002, 0.001])


def test_a_rate_that_a_callback_left_is_there_again_after_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.training import fitting

    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    constant = RECIPE.with_settings(schedule="constant", learning_rate=0.004)
    whole = train(scene.parts(), constant, tmp_path / "whole", force=True, callbacks=[halving()])
    with pytest.raises(_Stop):
        train(
            scene.parts(),
            constant,
            tmp_path / "cut",
            force=True,
            callbacks=[halving()],
            progress=_StopAt(8),
        )
    cut = train(scene.parts(), constant, tmp_path / "cut", force=True, callbacks=[halving()])
    assert rates_of(cut) == rates_of(whole)


def test_a_rate_that_a_callback_sets_in_vain_is_told_once(tmp_path: Path) -> None:
    said = Said()
    run = train(
        scene.parts(), RECIPE, tmp_path / "run", force=True, callbacks=[halving()], progress=said
    )
    assert sum("in vain: schedule=cosine" in line for line in said.words) == 1
    assert rates_of(run)[-1] == 0


def test_each_rung_gets_its_own_callbacks_from_a_function(tmp_path: Path) -> None:
    asked: list[str] = []
    recipe = Recipe(
        **{**RECIPE.model_dump(exclude_unset=True), "rungs": ("linear", "mlp"), "epochs": 1}
    )
    train(
        scene.parts(),
        recipe,
        tmp_path / "run",
        force=True,
        callbacks=lambda rung: asked.append(rung) or [noted()],
    )
    assert asked == ["linear", "mlp"]


def test_a_callback_that_fails_is_named_in_one_line(tmp_path: Path) -> None:
    import keras

    class Faulty(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise ValueError("no good")

    with pytest.raises(
        RecetaError,
        match=r"the callback Faulty.on_epoch_end failed for mlp \(ValueError: no good\); "
        r"expected it to",
    ):
        train(scene.parts(), RECIPE, tmp_path / "run", force=True, callbacks=[Faulty()])
    with pytest.raises(RecipeError, match=r"callbacks hold int; expected keras.callbacks.Callback"):
        train(scene.parts(), RECIPE, tmp_path / "other", force=True, callbacks=[3])  # type: ignore[list-item]


def test_a_state_that_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    from receta.training.callbacks import Guests

    guests = Guests(
        [noted(get_state=lambda self: {1, 2}, set_state=lambda self, state: None)], "mlp", Said()
    )
    with pytest.raises(RecetaError, match=r"Noted.get_state gave what JSON cannot hold"):
        guests.states()
    with pytest.raises(RecetaError, match=r"begun with 2 callbacks and is gone on with 1"):
        guests.restore([None, None], True)


FILES = {
    "import keras\ncallbacks = [keras.callbacks.TerminateOnNaN()]\n": ["TerminateOnNaN"],
    "import keras\ndef callbacks(rung):\n    return [keras.callbacks.TerminateOnNaN()] * "
    "len(rung)\n": ["TerminateOnNaN"] * 3,
    "import keras\nclass Mine(keras.callbacks.Callback):\n    pass\n": ["Mine"],
}


@pytest.mark.parametrize("text", FILES, ids=["list", "function", "class"])
def test_a_file_gives_the_callbacks_it_defines(text: str, tmp_path: Path) -> None:
    from receta.training import callbacks

    (tmp_path / "hooks.py").write_text(text)
    given = callbacks.from_file(tmp_path / "hooks.py")
    assert [type(one).__name__ for one in callbacks.of_rung(given, "mlp")] == FILES[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\ny = 1 / 0\n", r"cannot be run \(line 2: ZeroDivisionError: division by zero\)"),
        (
            "import keras\n",
            "defines none; expected `callbacks`, or subclasses of keras.callbacks.Callback",
        ),
        ("callbacks = 3\n", "callbacks in .* is int; expected a list, or a function"),
    ],
)
def test_a_file_that_gives_none_is_refused_in_one_line(
    text: str, expected: str, tmp_path: Path
) -> None:
    from receta.training import callbacks

    (tmp_path / "hooks.py").write_text(text)
    with pytest.raises(RecipeError, match=expected):
        callbacks.from_file(tmp_path / "hooks.py")
    with pytest.raises(RecipeError, match="is no Python file"):
        callbacks.from_file(tmp_path / "none.py")


# TensorBoard


def events(folder: Path) -> list[Any]:
    """What TensorBoard reads of a folder: (step, tag) of every event that was not struck out."""
    loading = pytest.importorskip(
        "tensorboard.backend.event_processing.plugin_event_accumulator",
        reason="TensorBoard is not installed",
    )
    board = loading.EventAccumulator(str(folder))
    board.Reload()
    return [(event.step, tag) for tag in board.Tags()["tensors"] for event in board.Tensors(tag)]


def test_event_files_hold_figures_weights_confusion_and_the_fixed_batch_of_every_epoch(
    tmp_path: Path,
) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    plain = train(scene.parts(), RECIPE, tmp_path / "plain", force=True)
    train(scene.parts(), RECIPE.with_settings(tensorboard=True), tmp_path / "run", force=True)
    seen = events(tmp_path / "run" / "rungs" / "mlp" / "tensorboard")
    for tag in (
        "training/loss",
        "training/accuracy",
        "training/learning_rate",
        "validation/loss",
        "validation/accuracy",
        "validation/confusion",
        "fixed_batch/by_epoch",
        "weights/dense_256/kernel",
    ):
        assert [step for step, name in seen if name == tag] == [1, 2, 3], tag
    left, right = (
        plain.model("mlp").get_weights(),
        Run.open(tmp_path / "run").model("mlp").get_weights(),
    )
    assert all(np.array_equal(a, b) for a, b in zip(left, right, strict=True)), (
        "looking on must change nothing"
    )


def test_an_interrupted_training_shows_every_epoch_once_in_tensorboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from receta.training import fitting

    recipe, parts = RECIPE.with_settings(tensorboard=True), scene.parts()
    for stop in (14, 5):  # the second time the last state is older than what was written
        monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0 if stop == 14 else 1e9)
        with pytest.raises(_Stop):
            train(parts, recipe, tmp_path / "run", force=True, progress=_StopAt(stop))
    train(parts, recipe, tmp_path / "run", force=True)
    seen = [
        step
        for step, tag in events(tmp_path / "run" / "rungs" / "mlp" / "tensorboard")
        if tag == "training/loss"
    ]
    assert sorted(seen) == [1, 2, 3]


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from receta.training import showing

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RecetaError, match=rf"port {port} cannot be used"):
            showing.start(tmp_path, port)


def test_bars_are_put_away_where_a_training_is_cut_off(tmp_path: Path) -> None:
    class Bars(Said):
        opened = closed = 0

        def bar(self, title: str, total: int, unit: str = "") -> Any:
            bars = self

            class Bar:
                def __enter__(self) -> Any:
                    bars.opened += 1
                    return self

                def __exit__(self, *_: object) -> None:
                    bars.closed += 1

                def advance(self, n: int = 1, **_: object) -> None:
                    if bars.opened and n and title.startswith("mlp epoch 2"):
                        raise KeyboardInterrupt

            return Bar()

    bars = Bars()
    with pytest.raises(KeyboardInterrupt):
        train(scene.parts(), RECIPE, tmp_path / "run", force=True, progress=bars)
    assert bars.opened == bars.closed > 0


def test_the_graph_names_every_layer_and_what_comes_before_it() -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from receta import models
    from receta.training.board import _graph

    graph = _graph(models.build("mlp", of_pixels((8, 8, 1)), np.array([0.5, 0.5])))
    before = {node.name: list(node.input) for node in graph.node}
    assert before["pixels"] == []
    assert before["scale"] == ["pixels"]
    assert before["probabilities"] == ["drop_128"]


def test_tensorboard_answers_on_this_machine_alone(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    import urllib.request

    from receta.training import showing

    _, address = showing.start(tmp_path, 0)
    assert address.startswith("http://127.0.0.1:") or address.startswith("http://localhost:")
    assert b"TensorBoard" in urllib.request.urlopen(address, timeout=PATIENCE).read()
