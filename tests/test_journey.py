"""Does the whole way hold: what is in the run folder, and what happens when it is walked twice?"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sealing import seal_run

import receta
from receta import Recipe, cleaning, journey
from receta.core.errors import CheckFailed, RunError
from receta.core.measure import Measure
from receta.training import FILES, Run, default_folder
from receta.training.result import RungResult, choose

QUICK = Recipe(rungs=("prior", "linear"), epochs=6)


class Heard:
    """Keeps what is said; bars are nothing."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def say(self, text: str) -> None:
        self.words.append(text)

    def bar(self, title: str, total: int, unit: str = "") -> Heard:
        return self

    def __enter__(self) -> Heard:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def advance(self, n: int = 1, **figures: float | str) -> None:
        pass


def write_stripes(folder: Path, each: int = 40, seed: int = 0) -> Path:
    """A folder of two classes of 16 x 16 pictures that a linear model tells apart."""
    random = np.random.default_rng(seed)
    for name, columns in (("left", slice(0, 8)), ("right", slice(8, 16))):
        (folder / name).mkdir(parents=True)
        for index in range(each):
            pixels = random.integers(0, 100, (16, 16), dtype=np.uint8)
            pixels[:, columns] += 120
            Image.fromarray(pixels).save(folder / name / f"{index:03}.png")
    return folder


def write_noise(path: Path) -> Path:
    """Pictures of noise in eight classes that mean nothing."""
    random = np.random.default_rng(1)
    np.savez(
        path,
        x=random.integers(0, 256, (1600, 8, 8), dtype=np.uint8),
        y=random.integers(8, size=1600),
    )
    return path


def test_divide_shows_the_parts_that_a_run_uses_after_the_same_cleaning(tmp_path: Path) -> None:
    data = write_stripes(tmp_path / "data", each=12)
    (data / "left/again.png").write_bytes((data / "left/003.png").read_bytes())
    recipe = Recipe(rungs=("prior",))
    cleaned, parts = cleaning.divide(receta.load(data), recipe)
    run = receta.run(data, out=tmp_path / "run", recipe=recipe)
    used = json.loads((run.folder / "split.json").read_text())
    assert {name: list(part.ids) for name, part in parts.named().items()} == {
        name: used[name] for name in ("train", "validation", "test")
    }
    assert sum(map(len, parts)) == 24
    assert [entry.what for entry in cleaned.entries] == ["left out 1 example: left/again.png"]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "digits"
    journey.run("digits", out=folder, recipe=QUICK)
    return folder


def test_a_run_leaves_every_file_that_the_interface_names(digits: Path) -> None:
    for name in set(FILES) - {"decision.json", "vocab.json"}:  # of stated costs, and of texts
        assert (digits / name).exists(), name
    assert not list(digits.rglob("*.tmp*")), "nothing half written stays"
    assert not list(digits.rglob("state.npz")), "nothing to resume stays"


def test_result_has_the_shape_that_checks_rely_on(digits: Path) -> None:
    result = json.loads((digits / "result.json").read_text())
    kept = {
        "run",
        "data",
        "best",
        "test",
        "rungs",
        "findings",
        "quarantined",
        "left_out",
        "notes",
        "place",
        "verdict",
        "seconds",
    }
    assert set(result) == kept
    assert result["data"]["n"] == 1797
    assert result["data"]["classes"] == list("0123456789")
    assert result["best"]["rung"] == "linear"
    assert result["test"]["n"] == 270
    low, high = result["test"]["interval"]
    assert low < result["test"]["accuracy"] < high
    assert {"rung", "validation_accuracy", "seconds", "parameters", "flops"} <= set(
        result["rungs"][1]
    )
    assert all(
        {"check", "verdict", "measured", "unit", "expected", "advice"} <= set(f)
        for f in result["findings"]
    )


def test_split_json_names_every_example_once(digits: Path) -> None:
    plain = json.loads((digits / "split.json").read_text())
    ids = [name for part in ("train", "validation", "test") for name in plain[part]]
    assert len(ids) == len(set(ids)) == 1797


def test_recipe_toml_reads_back_as_the_same_recipe(digits: Path) -> None:
    from receta.core import recipe_files

    again = recipe_files.read(digits / "recipe.toml")
    assert again == QUICK
    assert again.model_fields_set == QUICK.model_fields_set


def test_a_finished_run_says_so_and_changes_nothing(digits: Path) -> None:
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in digits.rglob("*")
        if path.is_file()
    }
    heard = Heard()
    journey.run("digits", out=digits, recipe=QUICK, progress=heard)
    assert any("is finished already: nothing was changed" in words for words in heard.words)
    after = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in digits.rglob("*")
        if path.is_file()
    }
    log = digits / "log.txt"
    assert {path for path in before if path != log} == {path for path in after if path != log}
    assert all(before[path] == after[path] for path in before if path != log)


def test_another_recipe_in_the_same_folder_is_refused_by_name(digits: Path) -> None:
    with pytest.raises(RunError, match=re.escape("(epochs: 6 -> 7); expected the same")):
        journey.run("digits", out=digits, recipe=QUICK.with_settings(epochs=7))


def test_the_same_run_elsewhere_has_the_same_bits(digits: Path, tmp_path: Path) -> None:
    again = journey.run("digits", out=tmp_path / "again", recipe=QUICK)
    for one, other in zip(
        Run.open(digits).model().get_weights(), again.model().get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_unreadable_pictures_are_named_and_never_reach_a_batch(tmp_path: Path) -> None:
    folder = write_stripes(tmp_path / "data")
    (folder / "left" / "empty.png").write_bytes(b"")
    (folder / "right" / "text.jpg").write_text("not a picture")
    whole = (folder / "left" / "000.png").read_bytes()
    (folder / "left" / "cut.png").write_bytes(whole[: len(whole) // 2])
    run = journey.run(folder, out=tmp_path / "run", recipe=QUICK)
    result = json.loads((run.folder / "result.json").read_text())
    assert {gone["id"]: gone["reason"].split(":")[0] for gone in result["quarantined"]} == {
        "left/cut.png": "truncated",
        "left/empty.png": "empty file",
        "right/text.jpg": "not a picture",
    }
    assert result["data"]["n"] == 80
    split = json.loads((run.folder / "split.json").read_text())
    assert not {"left/cut.png", "left/empty.png", "right/text.jpg"} & {
        i for part in split.values() for i in part
    }
    assert all((folder / gone["id"]).exists() for gone in result["quarantined"]), (
        "nothing of the user's is deleted"
    )


def test_changed_data_are_refused_with_what_changed(tmp_path: Path) -> None:
    folder = write_stripes(tmp_path / "data")
    journey.run(folder, out=tmp_path / "run", recipe=QUICK)
    Image.new("L", (16, 16), 77).save(folder / "left" / "000.png")
    (folder / "right" / "001.png").unlink()
    with pytest.raises(
        RunError,
        match=r"the data changed since .*1 removed, such as right/001.png; 1 changed "
        r".*left/000.png",
    ):
        journey.run(folder, out=tmp_path / "run", recipe=QUICK)


def test_another_split_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = write_stripes(tmp_path / "data")
    run = journey.run(folder, out=tmp_path / "run", recipe=QUICK)
    (run.folder / "result.json").unlink()  # as if it were not finished
    seal_run(run.folder)
    with pytest.raises(
        RunError, match=r"holds a run of another split \('stratified .* now 'by group \(10 groups"
    ):
        journey.run(folder, out=tmp_path / "run", recipe=QUICK, group=r"(\d)\.png")


def test_labels_that_mean_nothing_end_in_a_report_and_no_model(tmp_path: Path) -> None:
    data = write_noise(tmp_path / "noise.npz")
    with pytest.raises(CheckFailed, match="no rung that learns passed its checks"):
        journey.run(
            data, out=tmp_path / "run", recipe=Recipe(rungs=("prior", "linear", "mlp"), epochs=3)
        )
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["best"] is None
    assert result["test"] is None
    assert any(finding["verdict"] == "fail" for finding in result["findings"])
    assert (tmp_path / "run" / "report.html").exists()
    assert not (tmp_path / "run" / "model.keras").exists()


def test_a_handful_of_pictures_is_enough_to_run(tmp_path: Path) -> None:
    run = journey.run(write_stripes(tmp_path / "data", each=5), out=tmp_path / "run", recipe=QUICK)
    assert run.best.rung == "linear"
    result = json.loads((run.folder / "result.json").read_text())
    assert result["test"]["n"] == 2
    assert {
        f["verdict"] for f in result["findings"] if f["check"] in ("beats_prior", "beats_blind")
    } == {"warn"}


def test_force_goes_on_where_a_check_failed(tmp_path: Path) -> None:
    data = write_noise(tmp_path / "noise.npz")
    recipe = Recipe(rungs=("prior", "linear"), epochs=2)
    with pytest.raises(CheckFailed):
        journey.run(data, out=tmp_path / "run", recipe=recipe)
    run = journey.run(data, out=tmp_path / "run", recipe=recipe, force=True)
    assert run.best.rung in ("prior", "linear")
    assert (run.folder / "model.keras").exists()


def test_a_test_set_of_its_own_is_used_whole_and_alone(tmp_path: Path) -> None:
    data, test = write_stripes(tmp_path / "data"), write_stripes(tmp_path / "test", each=15, seed=9)
    run = journey.run(data, test=test, out=tmp_path / "run", recipe=QUICK)
    split = json.loads((run.folder / "split.json").read_text())
    assert len(split["test"]) == 30
    assert all(name.startswith("test:") for name in split["test"])
    result = json.loads((run.folder / "result.json").read_text())
    assert (result["data"]["n"], result["test"]["n"]) == (80, 30)


def test_of_equal_rungs_the_surer_one_is_chosen() -> None:
    def trained(name: str, loss: float) -> RungResult:
        return RungResult(name, "trained", "", measure=Measure("accuracy", 1.0), loss=loss)

    rungs = [trained("linear", 0.02), trained("cnn", 0.001)]
    chosen = choose(rungs)
    assert chosen is not None
    assert chosen.rung == "cnn"
    assert choose([dataclasses.replace(rungs[0], state="stopped"), trained("prior", 1.0)]) is None


def test_default_folder_is_found_again_by_the_same_call_only() -> None:
    def folder(recipe: Recipe, **options: object) -> Path:
        return default_folder("signs/", None, recipe, dict(options))

    assert folder(QUICK) == folder(Recipe(rungs=("prior", "linear"), epochs=6))
    assert folder(QUICK) != folder(QUICK.with_settings(seed=1))
    assert folder(QUICK) != folder(QUICK, group="hand")


def test_the_lines_of_the_house_work_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_stripes(tmp_path / "signs")
    monkeypatch.chdir(tmp_path)
    names = {name: getattr(receta, name) for name in receta.__all__}
    recipe, folder = QUICK, tmp_path / "run"
    script = """
data     = load("signs/")
findings = audit(data)
data     = clean(data, findings)
parts    = split(data, recipe)
findings = check(parts, recipe)
run      = train(parts, recipe, folder)
scores   = evaluate(run, parts.test)
bundle   = export(run, "onnx", bundle_folder)
"""
    scope = {**names, "recipe": recipe, "folder": folder, "bundle_folder": tmp_path / "bundle"}
    exec(compile(script, "house", "exec"), scope)
    assert scope["scores"].accuracy > 0.9
    assert scope["scores"].interval[0] < scope["scores"].accuracy
    assert all(finding.verdict == "ok" for finding in scope["findings"])
    picture = scope["run"].inputs(scope["data"]).take(scope["data"].rows[:3])
    np.testing.assert_allclose(
        scope["bundle"].predict(picture), scope["run"].predict(picture), atol=1e-4
    )


def test_a_run_of_the_library_is_listed_judged_and_refused_like_one_of_the_command_line(
    digits_run: Run, tmp_path: Path
) -> None:
    recipe = digits_run.recipe
    parts = receta.split(receta.load("digits"), recipe)
    made = receta.train(parts, recipe, tmp_path / "mine", force=True)
    listed = json.loads((made.folder / "result.json").read_text())
    ours = json.loads((digits_run.folder / "result.json").read_text())
    assert (listed["best"], listed["test"]) == (ours["best"], None)
    judged = receta.judge(made, parts)
    assert judged.scores == digits_run.scores

    def files(run: Run) -> set[str]:
        return {
            str(path.relative_to(run.folder))
            for path in run.folder.rglob("[!.]*")
            if path.is_file()
        }

    assert files(judged) == files(digits_run)
    before = {path: path.stat().st_mtime_ns for path in judged.folder.rglob("*")}
    assert receta.train(parts, recipe, made.folder, force=True).best == judged.best
    assert receta.judge(judged, parts).scores == judged.scores
    assert {path: path.stat().st_mtime_ns for path in judged.folder.rglob("*.json")} == {
        path: time for path, time in before.items() if path.suffix == ".json"
    }
    with pytest.raises(RunError, match=r"another recipe \(epochs"):
        receta.train(parts, recipe.with_settings(epochs=7), made.folder)
