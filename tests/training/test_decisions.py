"""Are decisions taken once, and are those of an earlier format taken over?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import training.scene as scene
from sealing import seal_run

from receta import train
from receta.core import disk
from receta.core.errors import RunError
from receta.core.recipe import Recipe
from receta.training import Run
from receta.training.decisions import Decisions

RECIPE = Recipe(
    rungs=("mlp",), epochs=2, learning_rate="auto", precision="float32", threads=2, patience=2
)
# Where format 1 kept each decision.
OLD_FILES = {"learning_rate": "rate.json", "augment": "augment.json", "plan": "plan.json"}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def make_old(run: Path, *, rate: float | None = None) -> None:
    """Make of a run one that format 1 would have left; rate: another one than it had found."""
    for folder in (run / "rungs").iterdir():
        known = json.loads((folder / "decisions.json").read_text())
        (folder / "decisions.json").unlink()
        if rate is not None:
            known["learning_rate"]["suggested"] = rate
        for name, file in OLD_FILES.items():
            if name in known:
                (folder / file).write_text(json.dumps(known[name]))
    about = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**about, "format": 1}))
    seal_run(run)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decisions") / "run"
    train(scene.parts(), RECIPE, folder, force=True)
    return folder


def test_the_recipe_that_a_rung_was_trained_by_stands_whole_in_one_file(trained: Path) -> None:
    rung = trained / "rungs" / "mlp"
    decided = disk.read_json(rung / "decisions.json")
    assert decided["recipe"].keys() == Recipe.model_fields.keys()
    assert decided["recipe"] == disk.read_json(rung / "rung.json")["recipe"]
    assert decided["recipe"]["learning_rate"] == decided["learning_rate"]["suggested"]
    assert decided["plan"]["epochs"] == 2
    assert Decisions(rung).find_recipe().model_dump(mode="json") == decided["recipe"]


def test_what_nobody_set_is_still_known_as_that(tmp_path: Path) -> None:
    recipe = Recipe(l1=0.5, epochs=3)
    Decisions(tmp_path).keep_recipe(recipe)
    known = Decisions(tmp_path).find_recipe()
    assert known == recipe
    assert known.model_fields_set == {"l1", "epochs"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"given": None}, r"damaged \(given is missing; expected a list\)"),
        ({"given": ["zap"]}, r"damaged \(given holds 'zap'; expected names of settings\)"),
        ({"recipe": {"zap": 1}}, r"damaged \(zap=1 is no setting"),
        ({"recipe": {"epochs": -1}}, r"damaged \(epochs=-1 is out of bounds"),
    ],
)
def test_a_spoilt_recipe_is_refused_in_one_line(tmp_path: Path, change: dict, said: str) -> None:
    Decisions(tmp_path).keep_recipe(Recipe(l1=0.5))
    path = tmp_path / "decisions.json"
    disk.write_json(path, {k: v for k, v in {**disk.read_json(path), **change}.items() if v})
    with pytest.raises(RunError, match=said) as caught:
        Decisions(tmp_path).find_recipe()
    assert "\n" not in str(caught.value)


def test_a_finished_run_of_format_1_opens_and_is_left_as_it_is(
    trained: Path, tmp_path: Path
) -> None:
    old = Path(shutil.copytree(trained, tmp_path / "old"))
    make_old(old)
    before = contents(old)
    assert Run.open(old).best.rung == "mlp"
    train(scene.parts(), RECIPE, old, force=True)
    assert contents(old) == before


def test_an_unfinished_run_of_format_1_goes_on_with_its_decisions(
    trained: Path, tmp_path: Path
) -> None:
    old = Path(shutil.copytree(trained, tmp_path / "old"))
    for name in ("result.json", "rungs/mlp/rung.json"):
        (old / name).unlink()
    make_old(old, rate=0.00123)
    run = train(scene.parts(), RECIPE, old, force=True)
    assert run.rungs[0].recipe["learning_rate"] == 0.00123
    assert run.about["format"] == 2, "an earlier version of receta would not see what was decided"
    assert Decisions(old / "rungs" / "mlp").find("learning_rate")["suggested"] == 0.00123


def test_a_run_of_a_later_format_is_refused_in_one_line(trained: Path, tmp_path: Path) -> None:
    later = Path(shutil.copytree(trained, tmp_path / "later"))
    about = json.loads((later / "run.json").read_text())
    (later / "run.json").write_text(json.dumps({**about, "format": 3}))
    seal_run(later)
    with pytest.raises(RunError, match=r"in format 3; expected format 1 or 2"):
        Run.open(later)
