"""Is what killed processes left removed, and nothing of the living or of others?"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from receta.core import disk, keeping, leftovers


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process that has looked at no folder yet."""
    monkeypatch.setattr(leftovers, "_tidied", set())


def killed_while_writing(path: Path) -> None:
    """A process that is killed when half of a file is written."""
    pid = os.fork()
    if pid == 0:
        with disk.replacing(path) as temporary:
            temporary.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_a_killed_process_left_goes_when_the_folder_is_written_to(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "a.json")
    assert len(names(tmp_path)) == 1
    disk.write_text(tmp_path / "b.json", "{}")
    assert names(tmp_path) == ["b.json"]


def test_a_whole_tree_is_tidied_where_it_is_asked(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "rungs" / "mlp" / "model.keras")
    left = tmp_path / f".onnx.{leftovers.mark()}"
    left.mkdir()
    (left / "model.onnx").write_text("")
    os.rename(left, tmp_path / left.name.replace(str(os.getpid()), "999999999"))
    leftovers.tidy(tmp_path, deep=True)
    assert names(tmp_path) == []


def test_a_run_that_is_written_again_is_tidied_to_its_last_folder(tmp_path: Path) -> None:
    killed_while_writing(tmp_path / "rungs" / "mlp" / "model.keras")
    assert len(names(tmp_path)) == 1
    with keeping.keep_digests(tmp_path, "Mend it."):
        assert names(tmp_path) == []


def test_the_living_and_the_strange_keep_their_files(tmp_path: Path) -> None:
    own, mark = f".own.{leftovers.mark()}.json", leftovers.mark()
    pid, boot, start = (
        mark.removesuffix(".tmp").split("-")[0],
        *mark.removesuffix(".tmp").split("-")[1:],
    )
    kept = [
        own,
        "a.tmp",
        ".a.tmp",
        ".a.12.tmp2",
        "notes.12-x-3.tmp",
        ".#lock",
        f".new.{pid}.tmp.json",
        # of another machine, or of an earlier boot: perhaps at work
        f".other.1-{'0' * 8}-5.tmp.json",
        f".parent.{os.getppid()}-{boot}-{leftovers._start(os.getppid())}.tmp",
    ]
    # the last: its number was given to this process
    for name in (*kept, f".again.{pid}-{boot}-{int(start) + 1}.tmp.json"):
        (tmp_path / name).write_text("")
    leftovers.tidy(tmp_path)
    assert names(tmp_path) == sorted(kept)


def test_what_another_machine_left_goes_after_a_day(tmp_path: Path) -> None:
    for name in (f".other.1-{'0' * 8}-5.tmp.json", ".plain.77.tmp.json"):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / "old.77.tmp.json").write_text("no name of ours")
    os.utime(tmp_path / "old.77.tmp.json", (0, 0))
    leftovers.tidy(tmp_path)
    assert names(tmp_path) == ["old.77.tmp.json"]


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "file").write_text("kept")
    (tmp_path / "here").mkdir()
    dead = leftovers.mark().replace(str(os.getpid()), "999999999", 1)
    (tmp_path / "here" / f".a.{dead}").symlink_to(tmp_path / "far")
    leftovers.tidy(tmp_path / "here", deep=True)
    assert list((tmp_path / "here").iterdir()) == []
    assert (tmp_path / "far" / "file").read_text() == "kept"


def test_a_workplace_is_gone_in_the_end_and_after_a_kill_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers.tempfile, "gettempdir", lambda: str(tmp_path))
    pid = os.fork()
    if pid == 0:
        with leftovers.workplace() as folder:
            (folder / "x").write_text("")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert names(tmp_path) == ["x"]
    with leftovers.workplace() as folder:
        assert [path for path in tmp_path.iterdir() if path != folder] == []
    assert list(tmp_path.iterdir()) == []


def test_what_another_user_left_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_while_writing(tmp_path / "a.json")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    leftovers.tidy(tmp_path)
    assert len(names(tmp_path)) == 1


def test_what_another_machine_left_stays_for_a_day(tmp_path: Path) -> None:
    for name, age in (("young", 86_300), ("old", 86_500)):
        (tmp_path / f".{name}.1-{'0' * 8}-5.tmp.json").write_text("")
        moment = time.time() - age
        os.utime(tmp_path / f".{name}.1-{'0' * 8}-5.tmp.json", (moment, moment))
    leftovers.tidy(tmp_path)
    assert [one[:6] for one in names(tmp_path)] == [".young"]
