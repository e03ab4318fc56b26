"""Does a search that was killed end like one that was not, and does its copy reach a server?"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from receta.studies.tuning.past import Goal, Past, import_optuna
from receta.studies.tuning.record import Record
from receta.studies.tuning.space_file import make_space

ROOT = Path(__file__).resolve().parents[2]
SEARCH = ("tune", "sklearn:iris", "--rung", "mlp", "--set", "epochs=3", "--search", "asha")
PATIENCE_S = 300


def begin(out: Path) -> subprocess.Popen[str]:
    words = [*SEARCH, "--trials", "5", "--out", str(out), "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "receta", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err[-2000:]
    found: dict[str, Any] = json.loads(out)
    return found


def trials_of(out: Path) -> list[dict[str, Any]]:
    """What was asked and what came of it, but for seconds."""
    found = []
    for folder in sorted((out / "trials").iterdir()):
        outcome = json.loads((folder / "outcome.json").read_text())
        for row in outcome["curve"]:
            row.pop("seconds", None)
        asked = json.loads((folder / "asked.json").read_text())
        found.append({"asked": asked, "outcome": {**outcome, "seconds": None}})
    return found


@pytest.mark.slow  # two searches of five trials: about 60 s
def test_a_search_that_was_killed_ends_like_one_that_was_not(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for done in (1, 3):
        process = begin(killed)
        until = time.monotonic() + PATIENCE_S
        while len([*killed.glob("trials/*/outcome.json")]) < done:
            assert process.poll() is None, process.communicate()[1][-2000:]
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    (killed / "study.db").write_bytes(b"torn")
    found, undisturbed = end(begin(killed)), end(begin(whole))
    assert trials_of(killed) == trials_of(whole)
    for name in ("best", "honest", "optimism", "importance", "finished", "pruned"):
        mine, theirs = found[name], undisturbed[name]
        if name == "best":
            mine, theirs = ({**one, "run": None} for one in (mine, theirs))
        assert mine == theirs
    before = (killed / "result.json").stat().st_mtime_ns
    assert end(begin(killed))["trials"] == 5
    assert len(trials_of(killed)) == 5
    assert (killed / "result.json").stat().st_mtime_ns >= before


# A server of PostgreSQL


def find_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of a server of its own, which ends with the test."""
    pytest.importorskip("psycopg", reason="needs: pip install 'psycopg[binary]'")
    programs = find_programs()
    if programs is None:
        pytest.skip("needs: apt-get install postgresql")
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="receta-postgres-"))
    try:
        if as_owner:
            shutil.chown(folder, "postgres")
        data = str(folder / "data")
        options = f"-h 127.0.0.1 -p {port} -k {folder}"
        control = [*as_owner, str(programs / "pg_ctl"), "-D", data, "-w"]
        initdb = [*as_owner, str(programs / "initdb"), "-D", data, "-U", "ana", "-A", "trust"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
        log = str(folder / "log")
        subprocess.run(
            [*control, "-o", options, "-l", log, "start"], check=True, cwd=folder, timeout=60
        )
        try:
            yield f"postgresql://ana@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run(
                [*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow  # a server begins: about 10 s
def test_a_copy_of_the_trials_reaches_a_server(postgres: str, tmp_path: Path) -> None:
    space = make_space({"dropout": {"low": 0.0, "high": 0.5}}, "here")
    goal = Goal("accuracy")
    past = [
        Past(number=n, settings={"dropout": n / 10}, state="finished", value=n / 8, seconds=1.0)
        for n in range(3)
    ]
    for some in (past[:2], past):  # as the next command does
        with contextlib.closing(Record(tmp_path, postgres, goal, space)) as record:
            record.keep(some)
    storage = import_optuna().storages.RDBStorage(
        postgres.replace("postgresql:", "postgresql+psycopg:")
    )
    study = import_optuna().load_study(study_name=tmp_path.name, storage=storage)
    assert [trial.value for trial in study.trials] == [0.0, 0.125, 0.25]
    assert study.best_params == {"dropout": 0.2}
    storage.remove_session()
    storage.engine.dispose()
