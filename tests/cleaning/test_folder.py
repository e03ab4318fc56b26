"""Is a cleaning kept, gone on with and taken back without a trace, whatever happens?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealing import seal_run

from receta import kinds
from receta.audits import audit
from receta.audits.made_up.tiny_folders import classes, write
from receta.cleaning import clean_into, codes, methods, plan_folder, undo
from receta.cleaning.engine import folder
from receta.core import disk, recipe_files
from receta.core.errors import InputError, RecetaError, RunError, UnknownName
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.sources import load
from receta.splitting import split

DIRTY = {**classes(cat=6, dog=6), "cat/empty.png": b"", "cat/again.png": 1, "dog/cat.png": 2}


def photos(folder: Path) -> str:
    return write(folder / "photos", DIRTY)


def people(folder: Path, n: int = 80) -> Path:
    chance = np.random.default_rng(5)
    place = folder / "people.csv"
    lines = ["age,income,colour,one,bought"]
    for row in range(n):
        age = "" if row % 7 == 3 else "fwefew" if row == 11 else str(20 + row % 50)
        lines.append(
            f"{age},{np.exp(chance.normal(10, 1.5)):.0f},{('red', 'green', 'blue')[row % 3]},1,{'yes' if row % 2 else 'no'}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(lines) + "\n")
    return place


def facts(data: Dataset) -> tuple[object, ...]:
    """Everything about data, but what file says so."""
    contents = [
        stored if isinstance(stored := data.source.raw(int(row)), bytes) else stored.tobytes()
        for row in data.rows
    ]
    cells = [
        (one.name, one.kind, one.categories, one.values.tobytes(), tuple(sorted(one.junk.items())))
        for one in data.columns
    ]
    return (
        data.ids,
        data.targets.tolist(),
        data.class_names,
        data.parts,
        data.groups,
        data.left_out,
        contents,
        cells,
        data.fingerprint,
    )


def require_one_line(error: RecetaError) -> None:
    assert "\n" not in str(error)
    assert "expected" in str(error)


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


# Keeping


def test_a_cleaned_folder_is_data_and_the_originals_stay(tmp_path):
    place = photos(tmp_path)
    before = tree(Path(place))
    planned = clean_into(place, tmp_path / "out")
    data = load(tmp_path / "out")
    assert data.ids == planned.after.ids
    assert len(data) == 13
    assert {gone.id: gone.reason for gone in data.left_out} == {
        "cat/empty.png": "empty file: 0 bytes",
        "cat/again.png": "duplicate of cat/1.png",
    }
    assert tree(Path(place)) == before
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".lock",
        "clean.json",
        "journal.txt",
    ]
    assert {one.check for one in audit(data) if one.verdict != "ok"} & {
        "unreadable",
        "duplicate",
    } == set()
    assert [part.ids for part in split(data)] == [part.ids for part in split(planned.after)]


def test_a_cleaned_table_is_the_same_at_every_load(tmp_path):
    fix = ["junk_cells", "missing=model", "skew", "constant", "categories"]
    planned = clean_into(people(tmp_path), tmp_path / "out", fix=fix, target="bought")
    one, two = load(tmp_path / "out"), load(tmp_path / "out")
    assert facts(one) == facts(two)
    assert one.source.stamp() == two.source.stamp()
    assert [column.name for column in one.columns] == [
        "age",
        "income",
        "colour=blue",
        "colour=green",
        "colour=red",
    ]
    assert all(
        a.values.tobytes() == b.values.tobytes()
        for a, b in zip(one.columns, planned.after.columns, strict=True)
    )
    assert not np.isnan(one.source.matrix(one.rows)).any()
    assert split(one).train.ids == split(load(people(tmp_path), target="bought")).train.ids
    # said once more, it means the same
    assert load(tmp_path / "out", target="bought").ids == one.ids


def test_the_journal_says_what_why_and_when(tmp_path):
    clean_into(
        people(tmp_path), tmp_path / "out", fix=["junk_cells", "missing=median"], target="bought"
    )
    words = (tmp_path / "out" / "journal.txt").read_text()
    assert words.startswith(
        f"Cleaned: {tmp_path / 'people.csv'} --target bought (80 examples; nothing there was "
        "changed)"
    )
    assert (
        "junk_cells=missing: took 1 cell of junk in 'age' as missing. Why: junk_cells (column 'age'"
        in words
    )
    assert "missing=median: filled 12 cells of 'age' with the median " in words
    entry = json.loads((tmp_path / "out" / "clean.json").read_text())["calls"][0]["entries"][0]
    assert set(entry) == {"code", "method", "n", "unit", "what", "why", "steps"}


def test_a_dry_run_writes_nothing(tmp_path):
    place = photos(tmp_path)
    for out in (tmp_path / "out", None):
        planned = plan_folder(place, out)
        assert [(entry.code, entry.n) for entry in planned.entries] == [
            ("unreadable", 1),
            ("duplicate", 1),
        ]
        assert json.dumps(planned.to_json())
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match="no folder to write to"):
        clean_into(place, None)


def test_a_dry_run_names_ten_files_and_counts_the_others(tmp_path):
    broken = {f"{name}/broken{n}.png": b"" for name in ("cat", "dog") for n in range(6)}
    place = write(tmp_path / "photos", {**DIRTY, **broken})
    first = next(entry for entry in plan_folder(place).entries if entry.code == "unreadable")
    gone = sorted([*broken, "cat/empty.png"])
    assert first.what == f"left out 13 examples: {', '.join(gone[:10])} and 3 more"


WRONG = Finding(
    *("label_error", "warn", 1, "examples", "0"),
    ids=("cat/1.png",),
    facts=Facts(labels={"cat/1.png": ("dog", 0.9)}),
)
RELABEL = ["label_error=relabel"]


def make_run(folder: Path, place: str) -> Path:
    """A finished run on data, which left one example out as a duplicate; not trained."""
    data = load(place)
    inputs = kinds.of(data).decode(data, Recipe(), Quiet())
    used = data.without({**{data.ids[row]: "empty" for row in inputs.reasons}, "cat/again.png": ""})
    folder.mkdir()
    about = {
        **{"format": 2, "created": "", "command": "", "input": {"shape": [8, 8, 1]}},
        "machine": {"threads": 1},
        "data": {"class_names": list(data.class_names), "fingerprint": inputs.fingerprint(used)},
    }
    gone = [{"id": data.ids[row], "reason": "empty"} for row in inputs.reasons]
    files = {
        "run": about,
        "data": dict.fromkeys(used.ids, ""),
        "quarantine": gone,
        "result": {"left_out": [{"id": "cat/again.png", "reason": "duplicate"}]},
        "findings": [WRONG.to_json()],
    }
    for name, plain in files.items():
        disk.write_json(folder / f"{name}.json", plain)
    recipe_files.write(Recipe(), folder / "recipe.toml")
    seal_run(folder)
    return folder


def test_findings_of_a_run_stand_in_place_of_new_ones_and_may_be_used_again(tmp_path):
    place, out = photos(tmp_path), tmp_path / "out"
    run = make_run(tmp_path / "run", place)
    said = [entry.what for entry in clean_into(place, out, run=run, fix=RELABEL).entries]
    assert said == ["relabelled 1 example: cat/1.png as dog"]
    assert clean_into(place, out, run=run, fix=RELABEL).entries == ()


@pytest.mark.parametrize(
    "change", [{"cat/1.png": 99}, {"cat/new.png": 99}], ids=["changed", "more"]
)
def test_a_run_on_other_data_is_refused_though_the_names_agree(tmp_path, change):
    place = photos(tmp_path)
    run = make_run(tmp_path / "run", place)
    other = write(tmp_path / "others" / "photos", {**DIRTY, **change})
    with pytest.raises(InputError, match="was made on other data; expected a run on these very"):
        plan_folder(other, run=run, fix=RELABEL)
    with pytest.raises(InputError, match="was made on other data"):
        clean_into(other, tmp_path / "out", run=run, fix=RELABEL)


def test_a_run_that_is_not_as_receta_left_it_is_refused(tmp_path):
    place = photos(tmp_path)
    run = make_run(tmp_path / "run", place)
    found = (run / "findings.json").read_text()
    (run / "findings.json").write_text(found.replace("cat/1.png", "cat/2.png"))
    with pytest.raises(RunError, match=r"findings\.json"):
        plan_folder(place, run=run, fix=RELABEL)
    (run / "findings.json").unlink()
    with pytest.raises(RunError, match=r"findings\.json") as caught:
        plan_folder(place, run=run, fix=RELABEL)
    assert "--out" not in str(caught.value)
    (run / "result.json").unlink()
    seal_run(run)
    with pytest.raises(RunError, match="is not finished"):
        plan_folder(place, run=run, fix=RELABEL)
    with pytest.raises(RunError, match=r"nowhere is no run folder .* expected one that"):
        plan_folder(place, run=tmp_path / "nowhere")


def test_cleaning_again_adds_a_call_and_the_same_again_adds_none(tmp_path):
    place, out = photos(tmp_path), tmp_path / "out"
    clean_into(place, out)
    assert clean_into(place, out).entries == ()
    clean_into(out, out, fix=["label_conflict"])
    assert len(json.loads((out / "clean.json").read_text())["calls"]) == 2
    assert len(load(out)) == 11
    assert [entry["code"] for entry in undo(out)] == ["label_conflict"]
    assert len(load(out)) == 13


def test_cleaned_data_can_be_cleaned_into_another_folder(tmp_path):
    clean_into(photos(tmp_path), tmp_path / "one")
    clean_into(tmp_path / "one", tmp_path / "two", fix=["label_conflict"])
    assert len(load(tmp_path / "two")) == 11
    undo(tmp_path / "two", everything=True)
    assert facts(load(tmp_path / "two")) == facts(load(tmp_path / "one"))


def test_clean_data_give_a_folder_too(tmp_path):
    place = write(tmp_path / "photos", classes(cat=4, dog=4))
    assert clean_into(place, tmp_path / "out").entries == ()
    assert facts(load(tmp_path / "out")) == facts(load(place))


# Taking back


def test_one_code_is_taken_back_alone(tmp_path):
    clean_into(
        people(tmp_path), tmp_path / "out", fix=["missing=median", "constant"], target="bought"
    )
    undo(tmp_path / "out", code="constant")
    assert "one" in [column.name for column in load(tmp_path / "out").columns]
    undo(tmp_path / "out", everything=True)
    assert facts(load(tmp_path / "out")) == facts(load(people(tmp_path), target="bought"))
    record = json.loads((tmp_path / "out" / "clean.json").read_text())["undone"]
    assert [one["code"] for one in record] == ["constant", "missing", "parts"]
    with pytest.raises(InputError, match="holds no step to take back"):
        undo(tmp_path / "out")


def test_what_a_later_step_needs_is_not_taken_back_alone(tmp_path):
    place, out = tmp_path / "t.csv", tmp_path / "out"
    rows = [
        f"{'small' if row % 3 else 'large'},{row * 1.5},{'yes' if row % 2 else 'no'}"
        for row in range(60)
    ]
    place.write_text("size,x,y\n" + "\n".join(rows) + "\n")
    clean_into(place, out, fix=["categories"], target="y")
    before = (out / "clean.json").read_bytes()
    plain = json.loads(before)
    made = plain["calls"][0]["entries"][-1]["steps"][0]["names"][0]
    drop = {
        "code": "constant",
        "method": "drop_column",
        "n": 1,
        "unit": "columns",
        "what": "",
        "why": "",
        "steps": [{"do": "drop_columns", "columns": [made]}],
    }
    plain["calls"].append({"when": "now", "entries": [drop]})
    disk.write_json(out / "clean.json", plain)
    with pytest.raises(
        InputError, match="categories cannot be taken back alone, for a later step needs it"
    ) as caught:
        undo(out, code="categories")
    assert "\n" not in str(caught.value)
    assert json.loads((out / "clean.json").read_text()) == plain
    with pytest.raises(
        InputError, match=r"holds no step of 'skew'; expected one of categories, constant, parts\."
    ):
        undo(out, code="skew")


FIXES = [
    f"{code}={method}" for code in codes() for method in methods(code) if code != "label_error"
]
cells = st.sampled_from(["1", "2", "3.5", "", "x", "-7", "1e9", "red", "1,234", "5%"])


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(
        st.tuples(cells, cells, st.sampled_from(["a", "b", " A"])), min_size=12, max_size=40
    ),
    calls=st.lists(st.lists(st.sampled_from(FIXES), max_size=4), min_size=1, max_size=2),
)
def test_clean_then_undo_is_the_identity_for_tables(tmp_path_factory, rows, calls):
    folder = tmp_path_factory.mktemp("any")
    place, out = folder / "t.csv", folder / "out"
    place.write_text("x,z,y\n" + "\n".join(f'"{x}","{z}",{y}' for x, z, y in rows) + "\n")
    try:
        original = facts(load(place, target="y"))
    except InputError:
        return  # no data, so nothing to clean
    done = 0
    for fix in calls:
        try:
            done += bool(clean_into(place, out, fix=fix, target="y").entries)
        except RecetaError as error:
            require_one_line(error)
            continue
        now = load(out)
        assert set(now.ids) | {gone.id for gone in now.left_out} >= set(original[0])
    if (out / "clean.json").exists():
        for _ in range(done):
            undo(out)
        assert facts(load(out)) == original
    assert facts(load(place, target="y")) == original


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    pictures=st.dictionaries(
        st.tuples(
            st.sampled_from(["cat", "dog", "Dog", "train/cat", "test/cat"]), st.integers(0, 9)
        ),
        st.one_of(st.integers(0, 5), st.binary(max_size=9)),
        min_size=3,
        max_size=12,
    ),
    fix=st.sets(
        st.sampled_from(["duplicate", "label_conflict", "leak", "class_names", "dark", "odd_size"])
    ),
)
def test_clean_then_undo_is_the_identity_for_pictures(tmp_path_factory, pictures, fix):
    folder = tmp_path_factory.mktemp("any")
    place = write(
        folder / "in",
        {f"{name}/{number}.png": content for (name, number), content in pictures.items()},
    )
    before = tree(Path(place))
    try:
        original = facts(load(place))
        clean_into(place, folder / "out", fix=fix)
    except RecetaError as error:
        require_one_line(error)
        return
    now = load(folder / "out")
    assert len(now) + len(now.left_out) == len(original[0]) + len(original[5])
    if json.loads((folder / "out" / "clean.json").read_text())["calls"]:
        undo(folder / "out", everything=True)
    assert facts(load(folder / "out")) == original
    assert tree(Path(place)) == before


# What can go wrong


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    place = photos(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("years of work")
    with pytest.raises(RunError, match=r"holds other things \(such as 'thesis.doc'\)"):
        clean_into(place, out)
    with pytest.raises(RunError, match="is a file; expected a folder"):
        clean_into(place, out / "thesis.doc")
    with pytest.raises(InputError, match="is not a folder that receta clean wrote"):
        undo(out)
    with pytest.raises(RunError, match="lies inside the data"):
        clean_into(place, Path(place) / "clean")
    assert sorted(path.name for path in out.iterdir()) == ["thesis.doc"]
    assert not (Path(place) / "clean").exists()


def test_a_folder_of_other_data_or_options_is_refused(tmp_path):
    out = tmp_path / "out"
    clean_into(photos(tmp_path), out)
    other = write(tmp_path / "other", classes(a=2, b=2))
    for place, options in ((other, {}), (photos(tmp_path), {"group": "([0-9])"})):
        with pytest.raises(RunError, match="expected the same data and options") as caught:
            clean_into(place, out, **options)
        assert "\n" not in str(caught.value)


def test_wrong_fixes_are_said_before_any_work(tmp_path):
    for fix, error in (
        ("duplicates", UnknownName),
        ("imbalance", InputError),
        ("outlier=clipp", UnknownName),
    ):
        with pytest.raises(error):
            clean_into(tmp_path / "nothing", tmp_path / "out", fix=[fix])
    with pytest.raises(
        InputError, match=r"fix outlier=clip is not for images; expected one of leave_out\."
    ):
        clean_into(photos(tmp_path), tmp_path / "out", fix=["outlier=clip"])
    assert not (tmp_path / "out").exists()


def test_cleaning_that_would_leave_nothing_is_refused(tmp_path):
    place = write(tmp_path / "photos", {"cat/1.png": 1, "dog/1.png": 1})
    with pytest.raises(
        InputError, match="cleaning would leave out all 2 examples; expected some to stay"
    ):
        clean_into(place, tmp_path / "out", fix=["label_conflict"])
    assert not (tmp_path / "out").exists()


def test_one_folder_is_cleaned_by_one_at_a_time(tmp_path):
    clean_into(photos(tmp_path), tmp_path / "out")
    with (
        disk.sole_user(tmp_path / "out"),
        pytest.raises(RunError, match="in use by another receta"),
    ):
        clean_into(tmp_path / "out", tmp_path / "out", fix=["label_conflict"])
    with (
        disk.sole_user(tmp_path / "out"),
        pytest.raises(RunError, match="in use by another receta"),
    ):
        undo(tmp_path / "out")


KILLED = """
import os, signal, sys
from receta.cleaning import clean_into
real, left = os.replace, [int(sys.argv[3])]
def replace(one, other):
    if left[0] == 0 and str(other).startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= str(other).startswith(sys.argv[2])
    real(one, other)
os.replace = replace
clean_into(sys.argv[1], sys.argv[2], fix=["junk_cells", "missing"], target="bought")
"""


@pytest.mark.parametrize(
    ("begun", "writes"),
    [
        (True, 0),
        pytest.param(True, 1, marks=pytest.mark.slow),
        pytest.param(False, 0, marks=pytest.mark.slow),
        pytest.param(False, 1, marks=pytest.mark.slow),
    ],
)
def test_a_kill_at_any_write_leaves_a_folder_that_goes_on(tmp_path, writes, begun):
    place, out = people(tmp_path), tmp_path / "out"
    if begun:
        clean_into(place, out, fix=["constant"], target="bought")
        before = facts(load(out))
    command = [sys.executable, "-c", KILLED, str(place), str(out), str(writes)]
    assert (
        subprocess.run(command, capture_output=True, env=os.environ).returncode == -signal.SIGKILL
    )
    if writes == 0 and begun:
        assert facts(load(out)) == before
    planned = clean_into(place, out, fix=["junk_cells", "missing"], target="bought")
    assert bool(planned.entries) == (writes == 0)  # what was written is not done twice
    assert not load(out).columns[0].missing.any()
    assert not [path for path in out.iterdir() if ".tmp" in path.name]
    assert "missing=median" in (out / "journal.txt").read_text()


def test_places_are_one_where_they_are_the_same_file_or_the_same_name(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert folder._same(str(tmp_path / "a"), str(tmp_path / "link"))
    assert not folder._same(str(tmp_path / "a"), str(tmp_path))
    assert folder._same("digits", "digits")
    assert not folder._same("digits", "iris")
    assert folder._same(None, None)
    assert not folder._same("digits", None)
    assert not folder._same(None, "digits")


def test_a_path_is_kept_whole_and_a_name_stays(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("digits", "photos"):
        (tmp_path / name).mkdir()
    assert [folder._absolute(name) for name in ("digits", "photos", "iris")] == [
        *("digits", str(tmp_path / "photos"), "iris")
    ]
    said = folder._named("photos", "other", {"part_of": "x", "group": "g"})
    assert said == "photos --test other --part-of x --group g"
    assert folder._named("photos", None, {}) == "photos"


@pytest.mark.parametrize(
    ("name", "is_free"),
    [(".lock", True), (".x.tmp1", True), (".x", False), ("x.tmp", False), ("lock", False)],
)
def test_what_a_killed_process_left_is_no_other_thing(tmp_path, name: str, is_free: bool) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text("")
    data = tmp_path / "data"
    data.mkdir()
    if is_free:
        folder._require_free(out, str(data), None)
    else:
        with pytest.raises(RunError, match="holds other things"):
            folder._require_free(out, str(data), None)
    with pytest.raises(RunError, match="lies inside the data"):
        folder._require_free(data / "out", str(tmp_path / "nowhere"), str(data))
    folder._require_free(tmp_path / "out2", str(data), str(data))


def call(*codes: str) -> dict[str, object]:
    return {"when": "now", "entries": [{"code": code, "n": at} for at, code in enumerate(codes)]}


def test_entries_are_taken_back_the_last_first() -> None:
    def calls() -> list:
        return [call("a", "b"), call("a", "c", "a"), call("c")]

    def taken(everything: bool, code: str | None) -> tuple[list, list]:
        left = calls()
        gone = folder._taken(Path("out"), left, everything, code)
        return [(one["code"], one["n"]) for one in gone], [
            [one["code"] for one in call["entries"]] for call in left
        ]

    assert taken(False, None) == ([("c", 0)], [["a", "b"], ["a", "c", "a"], []])
    assert taken(True, None)[0] == [("c", 0), ("a", 2), ("c", 1), ("a", 0), ("b", 1), ("a", 0)]
    assert taken(False, "a") == ([("a", 2), ("a", 0)], [["a", "b"], ["c"], ["c"]])
    with pytest.raises(InputError, match="holds no step of 'd'; expected one of a, b, c"):
        taken(False, "d")
    with pytest.raises(InputError, match="holds no step to take back"):
        folder._taken(Path("out"), [], False, None)


def test_the_test_file_belongs_to_the_call(tmp_path) -> None:
    place, out = photos(tmp_path), tmp_path / "out"
    test = write(tmp_path / "test", classes(cat=2, dog=2))
    clean_into(place, out, test=test)
    assert clean_into(place, out, test=test).entries == ()
    assert clean_into(out, out, test=test).entries == ()
    with pytest.raises(RunError, match="expected the same data and options"):
        clean_into(place, out)
    with pytest.raises(RunError, match=r"was cleaned without --test .*photos; expected the data"):
        clean_into(out, out, test=place)
    assert json.loads((out / "clean.json").read_text())["test"] == str(test)
    plain = tmp_path / "plain"
    clean_into(place, plain)
    with pytest.raises(RunError, match="expected the same data and options"):
        clean_into(place, plain, test=test)
