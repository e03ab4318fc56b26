"""Is every flipped bit in a run's files noticed, and does a kill at any moment leave a list that fits?"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import receta
from receta.core import disk, keeping, sealing, seals, trust
from receta.core.errors import InputError, RunError

ADVICE = "Restore it."


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder with the files of a run."""
    folder = tmp_path / "run"
    with disk.sole_user(folder), keeping.keep_digests(folder, ADVICE):
        write(folder)
    return folder


def write(folder: Path, text: str = "one") -> None:
    disk.write_text(folder / "log.txt", text)
    disk.write_json(folder / "rungs" / "mlp" / "decisions.json", {"epochs": 3, "name": text})
    disk.write_bytes(folder / "rungs" / "mlp" / "state.npz", text.encode() * 9)
    disk.write_text(folder / "log.txt", f"{text} two")
    disk.write_text(folder / "report.html", f"<p>{text}</p>")
    disk.remove(folder / "rungs" / "mlp" / "state.npz")
    disk.write_json(folder / "run.json", {"format": 1, "sealed": True, "name": text})


def files(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
    )


def refused(folder: Path, *words: str) -> str:
    with pytest.raises(RunError) as caught:
        seals.check(folder, ADVICE)
    said = str(caught.value)
    assert "\n" not in said
    assert "expected" in said
    for word in words:
        assert word in said, (word, said)
    return said


def test_every_flipped_bit_of_every_file_is_noticed_and_names_a_file_of_the_run(run: Path) -> None:
    assert seals.check(run, ADVICE)
    chance = random.Random(7)
    for path in files(run):
        whole = path.read_bytes()
        for bit in {0, *(chance.randrange(8 * len(whole)) for _ in range(60)), 8 * len(whole) - 1}:
            spoilt = bytearray(whole)
            spoilt[bit // 8] ^= 1 << bit % 8
            path.write_bytes(spoilt)
            refused(run, str(path))
        path.write_bytes(whole[:-1])
        refused(run, str(path))
        path.write_bytes(whole)
    assert seals.check(run, ADVICE)


def test_files_that_are_missing_swapped_or_of_another_run_are_named(run: Path) -> None:
    (run / "report.html").rename(run / "away")
    refused(run, "report.html is missing")
    (run / "away").rename(run / "report.html")
    plan = run / "rungs" / "mlp" / "decisions.json"
    plan.rename(run / "away")
    shutil.copy(run / "log.txt", plan)
    said = refused(run, "decisions.json was damaged or edited since receta wrote it")
    assert re.search(r"SHA-256 [0-9a-f]{12}, expected [0-9a-f]{12}\b", said)
    (run / "away").rename(plan)
    (run / "rungs" / "mlp" / "state.npz").write_text("[]")
    refused(run, "state.npz is not of this run")
    (run / "rungs" / "mlp" / "state.npz").unlink()
    (run / "recipe.toml").write_text("epochs = 3")
    refused(run, "recipe.toml is not of this run")
    (run / "recipe.toml").unlink()
    (run / "notes of mine.txt").write_text("kept")
    assert seals.check(run, ADVICE), "what receta does not read may lie there"
    (run / seals.MANIFEST).unlink()
    refused(run, "digests.json is missing")


def test_a_run_without_a_list_is_of_an_earlier_version_and_gets_one_when_it_goes_on(
    tmp_path: Path,
) -> None:
    disk.write_json(tmp_path / "run.json", {"format": 1})
    disk.write_text(tmp_path / "log.txt", "old")
    assert not seals.check(tmp_path, ADVICE)
    said: list[str] = []
    with keeping.keep_digests(tmp_path, ADVICE, said.append):
        disk.write_text(tmp_path / "log.txt", "new")
    assert len(said) == 1
    assert "kept no digests" in said[0]
    assert seals.check(tmp_path, ADVICE)
    (tmp_path / "run.json").write_text('{"format": 2}')
    refused(tmp_path, "run.json was damaged or edited")


def test_copies_archives_and_other_modes_change_nothing(run: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", run)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "unpacked")
    moved = Path(shutil.move(tmp_path / "unpacked", tmp_path / "elsewhere"))
    for path in files(moved):
        path.chmod(0o400)
    assert seals.check(moved, ADVICE)


def killed_at(n: int, work: Callable[[], None]) -> bool:
    """Whether a process that does the work, and is killed at its n-th call of the system, was
    killed.
    """
    pid = os.fork()
    if pid == 0:
        calls = 0

        def counted(call: Callable[..., object]) -> Callable[..., object]:
            def counting(*given: object, **more: object) -> object:
                nonlocal calls
                for moment in ("before", "after"):
                    if moment == "after":
                        result = call(*given, **more)
                    calls += 1
                    if calls == n:
                        os.kill(os.getpid(), signal.SIGKILL)
                return result

            return counting

        try:
            for name in ("replace", "fsync", "unlink", "open"):
                setattr(os, name, counted(getattr(os, name)))
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_a_process_killed_at_any_call_leaves_a_run_that_can_be_gone_on_with(tmp_path: Path) -> None:
    def work(folder: Path, text: str) -> None:
        with disk.sole_user(folder), keeping.keep_digests(folder, ADVICE):
            write(folder, text)

    n = 0
    while True:
        n += 1
        folder = tmp_path / str(n)
        if n % 2:  # else from nothing
            work(folder, "old")
        if not killed_at(n, lambda folder=folder: work(folder, "new")):  # type: ignore[misc]
            break
        seals.check(folder, ADVICE)
        work(folder, "new")
        assert seals.check(folder, ADVICE)
        assert json.loads((folder / "run.json").read_text())["name"] == "new"
        (folder / "log.txt").write_text("spoilt")
        refused(folder, "log.txt")
    assert n > 50, "the work was never killed: the test shows nothing"


def test_what_is_read_while_another_process_writes_is_no_damage(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (run / seals.MANIFEST).read_bytes()
    with keeping.keep_digests(run, ADVICE):
        disk.write_text(run / "log.txt", "later")
    stale = [content]
    read = seals._content
    monkeypatch.setattr(seals, "_content", lambda folder: stale.pop() if stale else read(folder))
    assert seals.check(run, ADVICE)
    assert not stale


HOSTILE = ["../outside", "/etc/passwd", "a/../../outside", "", "a\0b", "link", "folder/secret"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_list_cannot_name_what_lies_outside(name: str, run: Path) -> None:
    (run.parent / "outside").write_text("secret")
    (run.parent / "far").mkdir()
    (run.parent / "far" / "secret").write_text("secret")
    (run / "link").symlink_to(run.parent / "outside")
    (run / "folder").symlink_to(run.parent / "far")
    listed = {"format": 1, "files": {name: [seals.digest(run.parent / "outside")]}}
    (run / seals.MANIFEST).write_bytes(sealing.seal_json(listed))
    refused(run, "leads out of the folder")


def test_an_old_run_cannot_hold_a_link_that_leads_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    disk.write_json(tmp_path / "run" / "run.json", {"format": 1})
    (tmp_path / "run" / "model.keras").symlink_to(tmp_path / "secret")
    refused(tmp_path / "run", "leads out of the folder")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": 1, "a": 1}',
        b'{"a": NaN}',
        b'{"format": 1, "files": {}}',
        sealing.seal_json({"format": 1, "files": {"log.txt": "x"}}),
        sealing.seal_json({"format": 1, "files": {"log.txt": [1]}}),
        sealing.seal_json({"format": 10**400, "files": {}}),
        sealing.seal_json({"format": 2, "files": {}}),
        sealing.seal_json({"files": []}),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_list_that_is_none_is_one_line(content: bytes, run: Path) -> None:
    (run / seals.MANIFEST).write_bytes(content)
    refused(run, "digests.json")


def test_a_pipe_in_the_place_of_a_file_does_not_hang(run: Path) -> None:
    (run / "log.txt").unlink()
    os.mkfifo(run / "log.txt")
    refused(run, "log.txt")


@pytest.mark.parametrize("kind", ["pipe", "device", "endless"])
def test_the_list_itself_is_read_within_bounds(kind: str, run: Path) -> None:
    (run / seals.MANIFEST).unlink()
    if kind == "pipe":
        os.mkfifo(run / seals.MANIFEST)
    elif kind == "device":
        (run / seals.MANIFEST).symlink_to("/dev/zero")
    else:
        with open(run / seals.MANIFEST, "wb") as file:
            file.truncate(5 << 30)
    refused(run, "digests.json")


SOURCES = Path(receta.__file__).parent
NOT_BELIEVED = {
    "bundle.json",
    "digests.json",
    "report.html",
    "rate.png",
    "asked.json",
    "begin.keras",
}  # sealed by itself; for people alone; of a folder of its own, checked where it is read


def test_every_file_of_a_run_that_is_read_or_kept_for_reading_is_sealed() -> None:
    """A file of such a name that the list does not name is refused, not believed: so all must
    stand in READ.
    """
    texts = [
        path.read_text("utf-8")
        for room in ("training", "evaluation")
        for path in (SOURCES / room).rglob("*.py")
    ]
    named = {name for text in texts for name in re.findall(r"/ ['\"]([a-z]+\.[a-z]+)['\"]", text)}
    assert {"likeness.json", "decisions.json", "run.json", "model.keras", "state.npz"} <= named
    assert named - NOT_BELIEVED - seals.READ == set()


def test_a_planted_file_that_the_list_does_not_name_is_refused(run: Path) -> None:
    for name in ("likeness.json", "rungs/mlp/examples.json"):
        (run / name).write_text("{}")
        refused(run, name, "is not of this run")
        (run / name).unlink()
    seals.check(run, ADVICE)


# Code


def test_what_may_hold_code_is_asked_about_but_for_what_was_written_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    (tmp_path / "graph").write_text("a graph")
    digest = trust.of_files({"graph": seals.digest(tmp_path / "graph")})
    for _ in range(2):
        with pytest.raises(
            InputError,
            match=r"is a SavedModel, .* expected plain layers\. If you know where it is from, "
            r".*--trust",
        ):
            trust.ask(tmp_path, trust.GRAPH, digest=digest)
        trust.ask(tmp_path, trust.GRAPH, trusted=True)  # for this once
    trust.remember_digest(digest, tmp_path)
    trust.ask(tmp_path / "moved", trust.GRAPH, digest=digest)
    with pytest.raises(InputError):
        trust.ask(
            tmp_path,
            trust.GRAPH,
            digest=trust.of_files({"other": seals.digest(tmp_path / "graph")}),
        )
    monkeypatch.setattr(trust, "_granted", set())
    trust.grant(tmp_path)
    trust.ask(tmp_path / "x" / "..", trust.GRAPH)


def test_a_file_whose_replacing_failed_is_listed_as_it_is(run: Path, monkeypatch) -> None:
    def fail(*places: object) -> None:
        raise OSError("no")

    with disk.sole_user(run), keeping.keep_digests(run, ADVICE):
        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="no"):
            disk.write_text(run / "log.txt", "three")
        monkeypatch.undo()
        disk.remove(run / "report.html")
    listed = json.loads((run / seals.MANIFEST).read_text())["files"]
    assert len(listed["log.txt"]) == 1
    assert "report.html" not in listed
    assert seals.check(run, ADVICE)


def test_a_file_written_at_the_third_attempt_is_listed_as_written(run: Path, monkeypatch) -> None:
    def fail(*places: object) -> None:
        raise OSError("no")

    with disk.sole_user(run), keeping.keep_digests(run, ADVICE):
        monkeypatch.setattr(os, "replace", fail)
        for text in ("three", "four"):
            with pytest.raises(OSError, match="no"):
                disk.write_text(run / "log.txt", text)
        monkeypatch.undo()
        disk.write_text(run / "log.txt", "five")
    assert seals.check(run, ADVICE)
