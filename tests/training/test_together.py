"""Do several processes train the network that one process trains, and survive a death?"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from receta.core.errors import RecipeError
from receta.core.recipe import Recipe
from receta.pipeline.batches import Batches
from receta.training.together import refuse_impossible
from receta.training.together.shares import Share

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_JAX = importlib.util.find_spec("jax") is None
NEEDS_JAX = pytest.mark.skipif(WITHOUT_JAX, reason="needs: pip install 'receta[jax]'")

# A process of its own, since Keras cannot change its backend: it lays out a lesson, trains it in
# one process and in two, of which it kills one where it is told to, and prints what differs.
SCENE = """
import json, sys
from pathlib import Path
import numpy as np
import receta
from receta import Recipe, kinds
from receta.core.progress import Quiet
from receta.pipeline import backend
backend.prefer("jax"); backend.start()
from receta.training import state
from receta.training.networks import build_network
from receta.training.planning import Plan
from receta.training.together import launching
from receta.training.together.lesson_files import LessonFiles

out = Path(sys.argv[1])
splits = receta.split(receta.load("digits"), Recipe())
some = splits.train.take(np.arange(320)), splits.validation.take(np.arange(128)), splits.test
recipe = Recipe(rungs=("mlp",), epochs=4, dropout=0.2, augment=0.2, precision="float32")
recipe = recipe.with_settings(augmentations=("shift", "rotation"))
parts = kinds.feed(type(splits)(*some), recipe, Quiet(), None)
network = build_network("mlp", parts, recipe)
plan = Plan("mlp", 4, 9, "float32", "", 0.0, None)
deaths, group_of = [], {}

class Killing(Quiet):
    def say(self, text):
        deaths.append(text)

def start_and_kill(folder, of, hear):
    def hear_and_kill(line):
        hear(line)
        if "epoch 3/4" in line and not deaths:  # the state of two epochs is on the disk
            group_of["it"][1].kill_now()
    group_of["it"] = launching.start_here(folder, of, hear_and_kill)
    return group_of["it"]

def train(name, of, start):
    files = LessonFiles(out / name)
    files.write(network, parts, plan, recipe=recipe, save_every_s=0.0)
    launching._watch(files, of, Killing(), start)
    meta, arrays = state.load(files.state)
    return meta, arrays

def compare(a, b):
    return max(
        float(np.abs(a[1][k].astype(float) - b[1][k].astype(float)).max())
        for k in a[1] if k[0] in "vb" and a[1][k].dtype.kind == "f"
    )

launching._Here.kill_now = lambda self: self._process.kill()
one = train("one", 1, launching.start_here)
two = train("two", 2, launching.start_here)
killed = train("killed", 2, start_and_kill)
curve = lambda told: [[row["loss"], row["val_loss"]] for row in told[0]["history"]]
print(json.dumps({
    "steps": one[0]["done"], "deaths": len(deaths), "gap": compare(one, two),
    "gap_of_killed": compare(two, killed), "curves": [curve(one), curve(two), curve(killed)],
}))
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", SCENE, str(tmp_path_factory.mktemp("together"))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@NEEDS_JAX
@pytest.mark.slow  # seven processes that load JAX: about 60 s
def test_two_processes_learn_what_one_learns(played: dict[str, Any]) -> None:
    assert played["steps"] == 20
    assert played["gap"] < 1e-6
    assert np.allclose(played["curves"][0], played["curves"][1], atol=1e-5)


@NEEDS_JAX
@pytest.mark.slow  # the same
def test_a_killed_process_changes_no_bit(played: dict[str, Any]) -> None:
    assert played["deaths"] == 1
    assert played["gap_of_killed"] == 0
    assert played["curves"][2] == played["curves"][1]


def test_shares_of_a_batch_are_all_of_it_and_equal() -> None:
    rows = np.arange(23)
    whole = Batches(Plain(rows), rows, rows, batch_size=8, seed=3)
    shares = [Share(whole, rank, 2, each=2) for rank in range(2)]
    assert {share.n for share in shares} == {20}
    assert {share.steps for share in shares} == {3}
    seen = []
    for step in range(3):
        parts = [share.batch(1, step)[0] for share in shares]
        assert len(parts[0]) == len(parts[1])
        assert len(parts[0]) % 2 == 0
        seen += [*parts[0], *parts[1]]
    order = [*whole.between(1, 0, 23)[0]]
    assert seen == order[:20]


class Plain:
    """Examples that are their numbers."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def take(self, rows: np.ndarray) -> np.ndarray:
        return self.rows[rows]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"backend": "tensorflow"}, "backend=tensorflow do not go together; expected jax"),
        ({"budget_s": 60}, "a budget do not go together"),
        ({"batch_size": 2}, "share batches of 2"),
        ({"rungs": ("pretrained",)}, "do not train pretrained"),
    ],
)
def test_what_cannot_be_trained_together_is_one_line(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said) as caught:
        refuse_impossible(Recipe(**{"workers": 4, "rungs": ("cnn",), **settings}), None)
    assert "\n" not in str(caught.value)


def test_callbacks_are_refused_by_several_processes_alone() -> None:
    refuse_impossible(Recipe(), [object()])
    with pytest.raises(RecipeError, match="callbacks do not go together"):
        refuse_impossible(Recipe(workers=2, rungs=("cnn",)), [object()])
