"""Is a full disk known before a mapped file is written, and told in one line?"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import PATIENCE
from PIL import Image
from shell import environment

from receta.core import disk
from receta.core.errors import DiskFull, RecetaError, RunError

SIZES = (300, 1300, 1400, 1600)  # kB: the pixels do not fit, or what is measured on them does not


def refusing(number: int):
    def refuse(descriptor: int, start: int, n_bytes: int) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize("can", [True, False])
def test_a_mapped_array_has_its_room_before_it_is_written(can, tmp_path, monkeypatch) -> None:
    if not can:
        monkeypatch.setattr(os, "posix_fallocate", refusing(errno.EOPNOTSUPP))
    path = tmp_path / "a.npy"
    found = disk.new_array(path, (1000, 3000), np.uint8)
    known = path.stat()
    assert known.st_blocks * 512 >= known.st_size == 3_000_000 + 128
    found[:] = 7
    found.flush()
    assert (np.load(path) == 7).all()
    assert not disk.new_array(path, (5,), [("a", "S3"), ("b", "<i4")])["b"].any()


def test_no_room_for_a_mapped_array_is_our_one_line(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(os, "posix_fallocate", refusing(errno.ENOSPC))
    with (
        pytest.raises(DiskFull, match="no space left on the disk of"),
        disk.replacing(tmp_path / "a.npy") as temporary,
    ):
        disk.new_array(temporary, (10,), np.uint8)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disks(tmp_path):
    """Folders on disks of some kB each, where this process may make such."""
    made: list[Path] = []
    for size in SIZES:
        folder = tmp_path / f"disk-{size}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", folder], capture_output=True
        )
        if done.returncode:
            pytest.skip("only the administrator can mount a small disk")
        made.append(folder)
    yield made
    for folder in made:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "side"), [(60, 48), (360, 20)], ids=["one process", "several processes"]
)
def test_a_full_disk_of_the_cache_is_one_line_and_never_a_signal(
    n, side, small_disks, tmp_path
) -> None:
    rng = np.random.default_rng(5)
    for name in "abc":
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(n):
            Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).save(
                tmp_path / "data" / name / f"{number}.png"
            )
    code = """
import os, sys
from receta import audit, load
from receta.core.errors import DiskFull, RecetaError, RunError
for folder in sys.argv[2:]:
    os.environ["RECETA_CACHE"] = folder + "/cache"
    try:
        audit(load(sys.argv[1]))
        print("room")
    except DiskFull as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "data", *small_disks],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr[-500:]
    told = done.stdout.splitlines()
    assert len(told) == len(SIZES)
    assert told[0].startswith("no space left on the disk of ")
    assert all(line == "room" or line.startswith("no space left on the disk of ") for line in told)
    assert sum(line.startswith("no space") for line in told) >= 2


@pytest.mark.parametrize("read", [disk.read_json, disk.read_npz, disk.read_text])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "endless"])
def test_what_is_no_plain_file_or_has_no_end_is_refused_in_one_line(
    read: Callable[[Path], Any], kind: str, tmp_path: Path
) -> None:
    place = tmp_path / "run.json"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "folder":
        place.mkdir()
    else:
        with open(place, "wb") as file:
            file.truncate(5 << 30)
    with pytest.raises(
        RunError, match=r"^\S+run\.json cannot be read \([^\n]+\); expected [^\n]+$"
    ):
        read(place)


def test_what_is_not_there_can_be_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    for _ in range(2):
        disk.remove(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_the_users_unless_one_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("RECETA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert disk.cache_place() == tmp_path / ".cache" / "receta"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert disk.cache_place() == tmp_path / "x" / "receta"
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "y"))
    assert disk.cache_place() == disk.cache_root() == tmp_path / "y"
    assert (tmp_path / "y" / disk.CACHE_TAG).read_bytes().startswith(disk.CACHE_SIGNATURE)
    told = [False]  # another process makes it meanwhile
    monkeypatch.setattr(Path, "is_dir", lambda path: told.pop() if told else os.path.isdir(path))
    assert disk.cache_root() == tmp_path / "y"
    assert not told


def test_an_array_of_receta_has_16_gb_at_most(tmp_path: Path, monkeypatch) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(3))
    info = zipfile.ZipInfo("a.npy")
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda archive: [info])
    info.file_size = info.compress_size = 2**34
    assert disk.read_npz(tmp_path / "a.npz")["a"].tolist() == [0, 1, 2]
    info.file_size += 1
    with pytest.raises(RecetaError, match=r"a\.npz holds 'a\.npy', which unpacks"):
        disk.read_npz(tmp_path / "a.npz")


def test_a_mapped_array_is_the_file_that_numpy_would_write(tmp_path: Path) -> None:
    zeros = np.zeros((3, 4, 5), np.float32)
    disk.new_array(tmp_path / "ours.npy", zeros.shape, zeros.dtype)
    np.save(tmp_path / "theirs.npy", zeros)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()


def test_who_waits_for_a_folder_gets_it_as_well(tmp_path: Path) -> None:
    with disk.sole_user(tmp_path / "run", wait=True):
        assert (tmp_path / "run").is_dir()
        with pytest.raises(RunError, match="is in use"), disk.sole_user(tmp_path / "run"):
            pass


def test_without_room_for_the_users_cache_temporary_files_do(tmp_path, monkeypatch) -> None:
    class Full:
        def is_dir(self) -> bool:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(disk, "cache_place", Full)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.delenv("RECETA_CACHE")
    assert disk.cache_root().parent == tmp_path
    monkeypatch.setenv("RECETA_CACHE", "elsewhere")
    with pytest.raises(DiskFull, match="no space left on the disk of elsewhere"):
        disk.cache_root()
