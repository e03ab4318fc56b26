"""Is every defect planted into a table of pixels found, and nothing else flagged or taken out?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from receta.audits import audit
from receta.cleaning import clean
from receta.core import seeds
from receta.core.errors import InputError
from receta.sources import load

COPIES = (317, 487, 595, 689, 802, 861)  # rows that stand there twice in the courses' file
# What may be wrong with a line, by what is put into it.
MINE = ("junk_cells", "duplicate", "label_conflict", "unreadable", "leak")


@dataclass(frozen=True)
class Dirty:
    """A table with planted defects. Row numbers count from 1, as in `row-1`."""

    place: Path
    n: int
    junk: dict[int, str]
    ragged: tuple[int, ...]
    copies: dict[int, int]  # row: the earlier one that it repeats

    @property
    def left_out(self) -> set[str]:
        return {f"row-{row}" for row in (*self.junk, *self.ragged)}


def pictures(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, 784) uint8 pictures that all differ, and their labels, out of scikit-learn's digits.

    Each is a digit turned, moved, stretched and lit in its own way, with noise on it.
    """
    from scipy.ndimage import affine_transform, zoom
    from sklearn.datasets import load_digits

    digits = load_digits()
    big = np.stack([zoom(one, 3.5, order=1) for one in digits.images]) * (255 / 16)
    found = np.empty((n, 784), np.uint8)
    labels = np.empty(n, np.int64)
    for row in range(n):
        rng = seeds.rng(0, "dirty", row)
        which = row % len(big)
        angle, stretch = rng.uniform(-0.5, 0.5), rng.uniform(0.8, 1.25, 2)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / stretch
        offset = 13.5 - turn @ (13.5 + rng.uniform(-3, 3, 2))
        picture = affine_transform(big[which], turn, offset, order=1) * rng.uniform(
            0.5, 1
        ) + rng.uniform(0, 60)
        found[row] = np.clip(picture + rng.normal(0, 12, (28, 28)), 0, 255).astype(np.uint8).ravel()
        labels[row] = digits.target[which]
    return found, labels


def written(place: Path, n: int) -> Dirty:
    """Write a table of n rows, with the courses' defects and some more."""
    pixels, labels = pictures(n)
    copies = {row: row - 200 for row in COPIES}
    for row, first in copies.items():
        pixels[row - 1], labels[row - 1] = pixels[first - 1], labels[first - 1]
    rng = seeds.rng(0, "dirty", "rows")
    spare = np.setdiff1d(np.arange(1, n + 1), [*copies, *copies.values()])
    chosen = rng.choice(spare, 16, replace=False).tolist()
    junk = dict(zip(chosen[:12], ["fwefew"] * 8 + ["?!", "12a", "nan", "-5"], strict=True))
    ragged = tuple(chosen[12:])
    lines = [
        f"{label}," + ",".join(map(str, row))
        for label, row in zip(labels.tolist(), pixels.tolist(), strict=True)
    ]
    for row, text in junk.items():
        cells = lines[row - 1].split(",")
        cells[int(rng.integers(1, 785))] = text
        lines[row - 1] = ",".join(cells)
    for number, row in enumerate(ragged):
        lines[row - 1] = f"{lines[row - 1]},7" if number % 2 else lines[row - 1].rpartition(",")[0]
    header = "label," + ",".join(f"pixel{number}" for number in range(1, 785))
    place.write_text("\n".join([header, *lines]) + "\n")
    return Dirty(place, n, junk, ragged, copies)


def assert_found(dirty: Dirty) -> None:
    data = load(dirty.place, bad_rows="quarantine")
    findings = {one.check: one for one in audit(data) if one.check in MINE and one.verdict != "ok"}
    assert set(findings) == {"junk_cells", "duplicate"}
    junk = findings["junk_cells"]
    assert set(junk.ids) == dirty.left_out
    assert junk.shown["texts"] == {"fwefew": 8, "?!": 1, "12a": 1, "nan": 1, "-5": 1}
    assert junk.shown["rows"] == {
        "with a cell that does not fit": 12,
        "with too many or too few cells": 4,
    }
    assert set(findings["duplicate"].pairs) == {
        (f"row-{first}", f"row-{row}") for row, first in dirty.copies.items()
    }
    cleaned = clean(data, list(findings.values()))
    every = {f"row-{row}" for row in range(1, dirty.n + 1)}
    assert every - set(cleaned.ids) == dirty.left_out | {f"row-{row}" for row in dirty.copies}


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    return written(tmp_path_factory.mktemp("dirty") / "dirty.csv", 1500)


def test_every_planted_defect_is_found_and_nothing_else_removed(dirty):
    assert_found(dirty)


def test_no_other_audit_of_pictures_calls_the_rest_faulty(dirty):
    data = load(dirty.place, bad_rows="quarantine")
    findings = [one for one in audit(data) if one.verdict != "ok"]
    odd = {one for finding in findings if finding.check == "outlier" for one in finding.ids}
    assert {one.check for one in findings} - {"outlier"} == {"junk_cells", "duplicate"}, [
        one.sentence() for one in findings
    ]
    # pictures made at random have tails: as many as `outlier` says of real ones
    assert len(odd) <= 0.004 * dirty.n
    assert len(clean(data, findings)) == dirty.n - 16 - 6  # by default what is odd stays


def test_a_dirty_table_is_refused_unless_the_rows_may_be_left_out(dirty):
    with pytest.raises(InputError, match="16 of 1,500 lines are like that"):
        load(dirty.place)


def test_a_table_without_junk_has_none(tmp_path, dirty):
    lines = dirty.place.read_text().splitlines()
    kept = [line for number, line in enumerate(lines) if f"row-{number}" not in dirty.left_out]
    (tmp_path / "clean.csv").write_text("\n".join(kept) + "\n")
    (finding,) = audit(load(tmp_path / "clean.csv", bad_rows="quarantine"), only=["junk_cells"])
    assert finding.verdict == "ok"


def test_junk_planted_into_the_real_sample_is_found(shared, tmp_path):
    lines = (shared / "sign-mnist-sample" / "sign_mnist_train_sample.csv").read_text().splitlines()
    for row in (17, 90):
        cells = lines[row].split(",")
        cells[400] = "fwefew"
        lines[row] = ",".join(cells)
    lines.append(lines[55])
    (tmp_path / "real.csv").write_text("\n".join(lines) + "\n")
    data = load(tmp_path / "real.csv", bad_rows="quarantine")
    findings = {one.check: one for one in audit(data, only=MINE) if one.verdict != "ok"}
    assert set(findings) == {"junk_cells", "duplicate"}
    assert findings["junk_cells"].ids == ("row-17", "row-90")
    assert findings["duplicate"].ids == ("row-189",)


def test_files_that_are_no_pictures_are_not_called_junk_cells(tmp_path):
    from receta.audits.made_up import tiny_folders

    tiny_folders.write(
        tmp_path, {**tiny_folders.classes(cat=3, dog=3), "cat/notes.txt": b"line 3 holds 'x'"}
    )
    assert audit(load(tmp_path), only=["junk_cells"]) == [], "files have no cells"


MEASURED = """
import json, re, resource, sys, time
from receta.audits import audit
from receta.cleaning import clean
from receta.sources import load
times = [time.perf_counter()]
data = load(sys.argv[1], bad_rows="quarantine")
times.append(time.perf_counter())
findings = audit(data, only=sys.argv[2].split(",") if sys.argv[2] else None)
times.append(time.perf_counter())
n = len(clean(data, findings))
times.append(time.perf_counter())
# Not ru_maxrss for oneself: it outlives exec, so it starts at what pytest, which began this process, had taken.
own = int(re.search("VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) / 1024
peak = [own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]
print(json.dumps({"seconds": [round(b - a, 2) for a, b in zip(times, times[1:])], "peak_mb": peak, "n": n}))
"""


@pytest.mark.slow
def test_the_courses_table_of_27455_rows_is_found_dirty_and_cleaned_in_one_gigabyte(tmp_path):
    dirty = written(tmp_path / "dirty.csv", 27_455)
    environment = {**os.environ, "RECETA_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(dirty.place), ",".join(MINE)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    measured = json.loads(done.stdout)
    print(measured)
    assert measured["n"] == 27_455 - 16 - 6
    assert max(measured["peak_mb"]) < 1024
    assert_found(dirty)
