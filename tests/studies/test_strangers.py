"""Does a study stay in its folder and in its bounds, whatever a stranger put there?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from receta.core.errors import RecipeError, RunError
from receta.core.recipe import Recipe
from receta.studies import Division, StudyFolder, Trial, hold, logs
from receta.studies.answers import read_answers, refuse_other_outputs
from receta.studies.limits import refuse_counts
from receta.studies.listing import is_held
from receta.studies.study import Study
from receta.studies.trial_process import do_trial


def write(folder: Path, content: bytes) -> None:
    log = logs.open_log(folder)
    os.write(log, content)
    os.close(log)


def test_a_log_grows_and_keeps_its_end(tmp_path: Path) -> None:
    write(tmp_path, b"one\n")
    write(tmp_path, b"x" * (1 << 20))
    write(tmp_path, b"\nlast: \xff\n\n")
    content = (tmp_path / "log.txt").read_bytes()
    assert len(content) == (1 << 16) + 10
    assert logs.read_last_line(tmp_path) == "last: \N{REPLACEMENT CHARACTER}"


def test_a_link_is_taken_away_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"p" * (1 << 21))
    (tmp_path / "log.txt").symlink_to(precious)
    assert logs.read_last_line(tmp_path) == ""
    write(tmp_path, b"said\n")
    assert precious.stat().st_size == 1 << 21
    assert (tmp_path / "log.txt").read_bytes() == b"said\n"


def test_a_pipe_does_not_hang_and_a_folder_is_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log.txt")
    write(tmp_path, b"said\n")
    assert logs.read_last_line(tmp_path) == "said"
    (tmp_path / "log.txt").unlink()
    (tmp_path / "log.txt").mkdir()
    with pytest.raises(RunError, match="is a folder; expected the log of a trial"):
        logs.open_log(tmp_path)


@pytest.mark.parametrize("name", ["trials", "trials/0000", "trials/0000/run"])
def test_no_link_stands_for_a_folder_of_a_study(tmp_path: Path, name: str) -> None:
    study = Study(verb="ablate", data="digits", fingerprint="", recipe={}, asked={})
    folder = StudyFolder.begin(tmp_path / "study", study)
    other, link = tmp_path / "other", folder.path / name
    other.mkdir()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(other)
    trial = Trial(number=0, name="base", settings={}, division=Division(seed=0))
    with pytest.raises(RunError, match="is a link; expected a folder of the study"):
        folder.ask(trial)
    assert not [*other.iterdir()]
    assert folder.study.recipe_of(trial) == Recipe()


def test_a_pipe_for_a_lock_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    assert not is_held(tmp_path)
    with hold(tmp_path):
        pass


def test_a_key_of_another_version_is_let_be(tmp_path: Path) -> None:
    study = Study(verb="ablate", data="digits", fingerprint="", recipe={}, asked={})
    folder = StudyFolder.begin(tmp_path / "study", study)
    plain = json.loads((folder.path / "study.json").read_text())
    (folder.path / "study.json").write_text(json.dumps({**plain, "new": 1}))
    assert StudyFolder.open(folder.path).study == study
    trial = Trial(number=0, name="base", settings={}, division=Division(seed=2**31 - 1))
    path = folder.ask(trial) / "asked.json"
    asked = json.loads(path.read_text())
    path.write_text(json.dumps({**asked, "new": 1, "division": {**asked["division"], "new": 1}}))
    assert Trial.read(path) == trial


@pytest.mark.parametrize("count", [{"seeds": 0}, {"seeds": 10**9}, {"jobs": 20_000}])
def test_no_study_is_without_bounds(count: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match="is out of bounds; expected 1 to"):
        refuse_counts(**count)


def test_data_that_change_during_a_study_are_one_line(tmp_path: Path) -> None:
    study = Study(verb="ablate", data="sklearn:iris", fingerprint="other", recipe={}, asked={})
    folder = StudyFolder.begin(tmp_path / "study", study)
    trial = Trial(number=0, name="base", settings={}, division=Division(seed=0))
    with pytest.raises(RunError, match="holds other data than the study began with"):
        do_trial(folder.ask(trial))


def keep(path: Path, **changes: np.ndarray) -> None:
    sound = {
        "ids": np.array(["a", "b"]),
        "targets": np.array([0, 1]),
        "answers": np.eye(2, dtype=np.float32),
    }
    arrays = {name: one for name, one in {**sound, **changes}.items() if one is not None}
    np.savez(path, **arrays)


def test_sound_answers_are_read(tmp_path: Path) -> None:
    keep(tmp_path / "a.npz")
    assert read_answers(tmp_path / "a.npz")["answers"].tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ids": None}, "lacks ids"),
        ({"ids": np.array([1, 2])}, "no list of texts"),
        ({"ids": np.array(["a", "a"])}, "an id twice"),
        ({"ids": np.array("a")}, "no list of texts"),
        ({"answers": np.eye(2) * np.nan}, "no table of finite numbers"),
        ({"answers": np.array(["x", "y"])}, "no table of finite numbers"),
        ({"answers": np.eye(3)}, "other rows of answers"),
        ({"targets": np.array(["x", "y"])}, "targets that are no numbers"),
        ({"targets": np.array(3)}, "other rows of targets"),
    ],
)
def test_answers_that_do_not_fit_are_one_line(tmp_path: Path, changes: dict, said: str) -> None:
    keep(tmp_path / "a.npz", **changes)
    with pytest.raises(RunError, match=said) as caught:
        read_answers(tmp_path / "a.npz")
    assert "\n" not in str(caught.value)


def test_trials_of_other_widths_are_one_line(tmp_path: Path) -> None:
    parts = [{"answers": np.eye(2)}, {"answers": np.eye(3)}]
    with pytest.raises(RunError, match="has 3 answers an example; expected 2"):
        refuse_other_outputs([tmp_path / "a.npz", tmp_path / "b.npz"], parts)
