"""Does a study that is killed at any moment end as if nothing had happened?"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import studies.scene as scene
from patience import PATIENCE
from shell import environment


def undisturbed(folder: Path, seeds: int) -> dict[str, str]:
    """What comes of the study when nobody disturbs it."""
    assert begin(folder, seeds).wait(PATIENCE) == 0
    found = scene.what_came_of(folder)
    assert len(found) == 3 * 3 * seeds
    return found


def begin(folder: Path, seeds: int) -> subprocess.Popen[bytes]:
    said = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(scene.command(folder, seeds), env=environment(), **said)


def children(process: int) -> list[int]:
    """Processes that a process began, and those that these began."""
    with contextlib.suppress(OSError):
        own = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return [one for child in map(int, own) for one in (child, *children(child))]
    return []


def kill_at_random(folder: Path, kills: int, seeds: int) -> dict[str, int]:
    """Let the study go on until it ends, and kill so many of its processes before."""
    chance = np.random.default_rng(kills)
    killed = {"parent": 0, "child": 0}
    process = begin(folder, seeds)
    while sum(killed.values()) < kills:
        try:
            process.wait(float(chance.uniform(0.3, 8)))
        except subprocess.TimeoutExpired:
            below = children(process.pid)
            is_child = bool(below) and chance.random() < 0.5
            victim = int(chance.choice(below)) if is_child else process.pid
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                killed["child" if is_child else "parent"] += 1
            if is_child:
                continue
            process.wait()
        process = begin(folder, seeds)  # also of a study that is done: that changes nothing
    assert process.wait(PATIENCE) == 0
    return killed


def refuse_on_a_full_disk(folder: Path, seeds: int) -> None:
    """Let a study try to write files of more than 16 kB where none may be so large."""
    command = ["bash", "-c", 'ulimit -f 16; exec "$@"', "", *scene.command(folder, seeds)]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert ended.returncode == 2
    assert "no space left on the disk" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_ctrl_c_ends_a_study_with_one_line_and_nothing_of_it_lives_on(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    process = subprocess.Popen(
        scene.command(folder, 1), env=environment(), stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + PATIENCE
    while not (folder / "trials" / "0000" / "run").exists() and time.monotonic() < until:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    below = children(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("receta: interrupted")
    assert len(below) >= 2
    assert not [one for one in below if Path(f"/proc/{one}").exists()]


@pytest.mark.slow
def test_a_study_that_was_killed_six_times_is_bit_for_bit_the_undisturbed_one(
    tmp_path: Path,
) -> None:
    refuse_on_a_full_disk(tmp_path / "killed", seeds=2)
    kill_at_random(tmp_path / "killed", kills=6, seeds=2)
    assert scene.what_came_of(tmp_path / "killed") == undisturbed(tmp_path / "plain", 2)


@pytest.mark.exhaustive
def test_a_study_that_was_killed_thirty_times_is_bit_for_bit_the_undisturbed_one(
    tmp_path: Path,
) -> None:
    killed = kill_at_random(tmp_path / "killed", kills=30, seeds=5)
    assert min(killed.values()) >= 5
    assert scene.what_came_of(tmp_path / "killed") == undisturbed(tmp_path / "plain", 5)
    found = [
        json.loads((tmp_path / name / "result.json").read_text()) for name in ("killed", "plain")
    ]
    assert all(one["finished"] for one in found)
    assert found[0]["variants"][0]["difference"] == found[1]["variants"][0]["difference"]
