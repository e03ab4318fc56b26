"""Does the log of a trial stay in its folder, whatever stands at its place?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from receta.core.errors import RunError
from receta.core.recipe import Recipe
from receta.studies import Division, StudyFolder, Trial, logs
from receta.studies.study import Study


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
