"""Is every picture decoded once, whatever happens in between?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from fakes import Arrays, Rows
from patience import PATIENCE
from shell import environment, picture, pictures

from receta.core.errors import DiskFull, InputError
from receta.data.dataset import Dataset
from receta.data.examples import readable
from receta.data.image import Unreadable
from receta.pixels import cache, decode, network_size, workers
from receta.sources import load


class Counted(Rows):
    """A source that writes down which rows were asked for, in whatever process."""

    def __init__(self, n: int, note: Path) -> None:
        super().__init__([row % 2 for row in range(n)])
        self.note = note
        note.touch()

    def raw(self, row: int) -> np.ndarray:
        with open(self.note, "ab", buffering=0) as file:
            file.write(row.to_bytes(4, "little"))
        return np.random.default_rng(row).integers(0, 256, (6, 5, 3), np.uint8)

    def asked(self) -> list[int]:
        """Rows asked for since the last call."""
        found = np.fromfile(self.note, "<u4").tolist()
        self.note.write_bytes(b"")
        return sorted(found)

    def stamp(self) -> str:
        return f"counted {self.note} {len(self)}"


@pytest.fixture(autouse=True)
def _fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def test_a_rerun_decodes_nothing(tmp_path: Path) -> None:
    source = Counted(40, tmp_path / "note")
    first = decode(Dataset.of(source), (6, 5), 3).take(np.arange(40))
    assert source.asked() == list(range(40))
    second = decode(Dataset.of(source), (6, 5), 3).take(np.arange(40))
    assert source.asked() == []
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(
        first[7], np.random.default_rng(7).integers(0, 256, (6, 5, 3), np.uint8)
    )
    decode(Dataset.of(source), (5, 5), 3)  # another size is another cache
    assert source.asked() == list(range(40))


def test_a_view_decodes_its_own_rows_alone(tmp_path: Path) -> None:
    source = Counted(40, tmp_path / "note")
    decode(Dataset.of(source).take(np.arange(0, 40, 4)), (6, 5), 3)
    assert source.asked() == list(range(0, 40, 4))
    decode(Dataset.of(source), (6, 5), 3)
    assert source.asked() == [row for row in range(40) if row % 4]


def test_touched_files_are_found_again_by_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pictures(tmp_path / "d", 5)
    before = decode(load(folder))
    for path in folder.rglob("*.png"):
        os.utime(path, (1, 1))
    with monkeypatch.context() as patch:
        patch.setattr(cache, "decode_rows", lambda *_: pytest.fail("decoded again"))
        after = decode(load(folder))
    np.testing.assert_array_equal(before.take(np.arange(10)), after.take(np.arange(10)))
    (folder / "a" / "0.png").write_bytes(picture(321))
    changed = decode(load(folder))
    assert (changed.take(np.array([0])) != before.take(np.array([0]))).any()


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "d", 5)
    (folder / "a" / "0.png").rename(tmp_path / "away.png")
    (folder / "a" / "0.png").symlink_to(tmp_path / "gone.png")
    data = load(folder)
    assert list(decode(data).reasons.values()) == ["vanished: the file is not there"]
    (folder / "a" / "0.png").unlink()
    (tmp_path / "away.png").rename(folder / "a" / "0.png")
    data.source.stamp = lambda: "the same"  # type: ignore[method-assign]
    assert decode(data).reasons == {}


@pytest.mark.parametrize("spoil", ["images.npy", "facts.npy", "manifest.json"])
@pytest.mark.parametrize("how", ["empty", "cut", "gone", "other"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, spoil: str, how: str) -> None:
    source = Counted(20, tmp_path / "note")
    whole = decode(Dataset.of(source), (6, 5), 3)
    expected = whole.take(np.arange(20))
    path = whole.folder / spoil
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"empty": b"", "cut": content[: len(content) // 2], "other": b"\xff\x00" * 50}[how]
        )
    other = Counted(21, tmp_path / "note")
    decode(Dataset.of(other), (6, 5), 3)  # other data are none the worse
    np.testing.assert_array_equal(
        decode(Dataset.of(source), (6, 5), 3).take(np.arange(20)), expected
    )


def test_a_full_disk_gives_back_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Counted(20, tmp_path / "note")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(
            DiskFull, match=r"no space left on the disk of .*; expected room to write"
        ):
            decode(Dataset.of(source), (6, 5), 3)
    assert not list((tmp_path / "cache").rglob("*.npy"))
    assert len(decode(Dataset.of(source), (6, 5), 3).take(np.arange(20))) == 20


class Crashing(Counted):
    """A source whose rows bring their process down, or cannot be read."""

    def raw(self, row: int) -> np.ndarray:
        if row in (350, 351):
            os._exit(11)
        if row == 5:
            raise Unreadable("damaged")
        return super().raw(row)


def test_a_row_that_kills_its_decoder_ends_in_quarantine(tmp_path: Path) -> None:
    """In a process of its own: with a backend loaded, threads would decode, and the row end the
    tests themselves.
    """
    words = [
        sys.executable,
        "-c",
        "import test_cache, pathlib, sys; test_cache.crash(pathlib.Path(sys.argv[1]))",
        str(tmp_path),
    ]
    here = Path(__file__).resolve().parent
    paths = os.pathsep.join(map(str, (here, here.parent, here.parents[1])))
    done = subprocess.run(
        words,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr


def crash(tmp_path: Path) -> None:
    source = Crashing(600, tmp_path / "note")
    data = Dataset.of(source)
    found = decode(data, (6, 5), 3, workers=2)
    assert found.reasons == {
        5: "damaged",
        350: "the decoder crashed on it",
        351: "the decoder crashed on it",
    }
    kept = readable(data, found)
    assert len(kept) == 597
    assert len(set(source.asked())) == 597
    last = np.random.default_rng(599).integers(0, 256, (6, 5, 3), np.uint8)
    np.testing.assert_array_equal(found.take(np.array([599]))[0], last)
    decode(data, (6, 5), 3, workers=2)  # and is not tried again
    assert source.asked() == []


def test_threads_give_what_processes_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Counted(700, tmp_path / "note")
    forked = decode(Dataset.of(source), (4, 4), 1, workers=2)
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "second"))
    monkeypatch.setattr(workers, "_may_fork", lambda: False)
    threaded = decode(Dataset.of(source), (4, 4), 1, workers=2)
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "third"))
    alone = decode(Dataset.of(source), (4, 4), 1, workers=1)
    for other in (threaded, alone):
        np.testing.assert_array_equal(forked.take(np.arange(700)), other.take(np.arange(700)))
        np.testing.assert_array_equal(forked.digests, other.digests)


def test_nothing_readable_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"none of the 2 pictures can be read \(first: 000000.png: empty file: 0 bytes\)",
    ):
        decode(Dataset.of(Arrays([b"", b""], [0, 1])))


@pytest.mark.parametrize(
    ("sizes", "grey", "expected"),
    [
        ([(28, 28)] * 3, True, ((28, 28), 1)),
        ([(64, 64)] * 3, False, ((64, 64), 3)),
        ([(20, 40)] * 3, False, ((20, 40), 3)),  # one common small size is kept
        ([(65, 65)] * 3, False, ((65, 65), 3)),
        ([(300, 400)] * 3, False, ((96, 96), 3)),  # photos
        ([(30, 50), (40, 60), (50, 70)], False, ((40, 40), 3)),  # the median of the smaller sides
        ([(3, 50), (4, 60)], True, ((8, 8), 1)),  # never below 8
    ],
)
def test_network_size_suits_the_data(
    sizes: list[tuple[int, int]], grey: bool, expected: object
) -> None:
    random = np.random.default_rng(0)
    shown = [random.integers(0, 256, (*size, 1), np.uint8) for size in sizes]
    stored = shown if grey else [np.concatenate([one, 255 - one, one], axis=2) for one in shown]
    assert network_size(Dataset.of(Arrays(stored, [0] * len(stored)))) == expected


def test_network_size_looks_past_what_is_damaged_and_sees_grey_in_colour() -> None:
    whole = [picture(seed, (20, 30)) for seed in range(3)]
    cut = [picture(9, (50, 50))[:600], b"", b"text"]
    assert network_size(Dataset.of(Arrays([*cut[1:], *whole], [0] * 5))) == ((20, 30), 3)
    # a header says 50 x 50
    assert network_size(Dataset.of(Arrays([*cut, *whole], [0] * 6))) == ((20, 20), 3)
    grey = np.repeat(np.random.default_rng(0).integers(0, 256, (12, 12, 1), np.uint8), 3, axis=2)
    assert network_size(Dataset.of(Arrays([grey], [0]))) == ((12, 12), 1)
    assert network_size(Dataset.of(Arrays([b""], [0]))) == ((64, 64), 3)


def _decoding(tmp_path: Path, out: str, n: int, wait: float) -> subprocess.Popen[bytes]:
    code = f"""
import sys, time
import numpy as np
from pathlib import Path
from receta.data.dataset import Dataset, Images
from receta.pixels import decode

class Slow(Images):
    ids = [f"{{row:06}}.png" for row in range({n})]
    targets = np.zeros({n}, np.int64)
    class_names = ("a", "b")
    def raw(self, row):
        with open({str(tmp_path / "note")!r}, "ab", buffering=0) as file:
            file.write(row.to_bytes(4, "little"))
        time.sleep({wait})
        return np.random.default_rng(row).integers(0, 256, (6, 5, 3), np.uint8)
    def stamp(self):
        return "slow"

found = decode(Dataset.of(Slow()), (6, 5), 3, workers=2)
np.save({str(tmp_path / out)!r}, found.take(np.arange({n})))
"""
    return subprocess.Popen([sys.executable, "-c", code], env=environment(), stderr=subprocess.PIPE)


def _asked(tmp_path: Path) -> int:
    note = tmp_path / "note"
    return note.stat().st_size // 4 if note.exists() else 0


def test_a_kill_in_the_middle_loses_next_to_nothing_and_leaves_no_orphans(tmp_path: Path) -> None:
    n = 2000
    process = _decoding(tmp_path, "first.npy", n, 0.001)
    deadline = time.monotonic() + 30
    while _asked(tmp_path) < 300:
        assert process.poll() is None
        assert time.monotonic() < deadline
    workers = psutil.Process(process.pid).children(recursive=True)
    assert workers
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
    assert not [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE]
    before = _asked(tmp_path)
    assert before < n
    process = _decoding(tmp_path, "second.npy", n, 0)
    assert process.communicate()[1] == b""
    assert process.returncode == 0
    assert _asked(tmp_path) <= n + 4  # at most the row that each worker was at is done twice
    expected = [
        np.random.default_rng(row).integers(0, 256, (6, 5, 3), np.uint8) for row in range(n)
    ]
    np.testing.assert_array_equal(np.load(tmp_path / "second.npy"), expected)


def test_two_processes_at_once_are_both_right(tmp_path: Path) -> None:
    n = 500
    both = [_decoding(tmp_path, f"{which}.npy", n, 0.001) for which in "ab"]
    assert [process.communicate(timeout=PATIENCE)[1] for process in both] == [b"", b""]
    expected = [
        np.random.default_rng(row).integers(0, 256, (6, 5, 3), np.uint8) for row in range(n)
    ]
    for which in "ab":
        np.testing.assert_array_equal(np.load(tmp_path / f"{which}.npy"), expected)
    assert _asked(tmp_path) == n  # the second waited, and decoded nothing


def test_an_empty_part_beside_a_broken_picture_is_no_mistake(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "d", 5)
    (folder / "a" / "0.png").write_bytes(b"")
    data = load(folder)
    pixels = decode(data)
    assert len(readable(data, pixels)) == len(data) - 1
    assert len(readable(data.take(np.array([], np.int64)), pixels)) == 0
