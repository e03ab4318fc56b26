"""Which faults in the code do the tests notice, when one sign of it is changed?

Of each room a sample of single mutations is drawn, each place of its files as likely as any
other: a comparison turned or moved by its bound, plus for minus, `and` for `or`, a constant one
up or down or times 1.5, True for False (by cosmic-ray, `benchmarks/_mutants.py`). Each is
written into a copy of the checkout, and the tests of the room that reach its line are run,
quickest first; where all pass, the rest of their files as well (of what is run at the import:
all tests of the room). A mutation is noticed when a test fails, or takes several times its time.
Of those that survive, the harmless are taken out by hand: they change nothing that anybody could
ask for (`benchmarks/mutations.toml`, each with its reason).

python benchmarks/mutations.py [ROOM...] [--sample 40] [--seed 0] [--only TEXT]
    --only: only files whose path holds this text; then nothing is written.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import _mutants
import _peers
import _table
import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("cosmic-ray==8.7.0", "coverage==7.17.5")
ROOMS = {  # name -> its files, its tests
    "core": (("receta/core",), ("tests/core", "receta/core")),
    "evaluation": (("receta/evaluation",), ("tests/evaluation", "receta/evaluation")),
    "splitting": (
        ("receta/splitting",),
        (
            "tests/splitting",
            "receta/splitting",
        ),
    ),
    "checks": (("receta/checks",), ("tests/checks", "receta/checks")),
    "cleaning": (("receta/cleaning",), ("tests/cleaning", "receta/cleaning")),
    "audits": (("receta/audits",), ("tests/audits", "receta/audits")),
    "parity": (
        ("receta/exporters/parity",),
        (
            "tests/exporters/test_judging.py",
            "receta/exporters/parity",
        ),
    ),
    "image": (
        ("receta/data/image", "receta/data/pnm", "receta/data/orient"),
        ("tests/data", "receta/data"),
    ),
}
_LOADED_BY_PYTEST = ("receta", "tests", "conftest", "coverage", "_pytest", "pytest")
DEAR_S = 4.0  # a test that takes more of the processor is left out
PATIENCE = 5  # times the processor's time of the unmutated tests, and some seconds for the start
WAIT = 20  # times that, by the clock
FOLDER = Path(tempfile.gettempdir()) / f"receta-mutations-{os.getuid()}"


@dataclass(frozen=True)
class Known:
    """What the unmutated tests did.

    reached: file -> line -> tests; seconds: of each test; proven: whether it passes again.
    """

    reached: dict[str, dict[int, set[str]]]
    seconds: dict[str, float]
    proven: dict[str, bool] = field(default_factory=dict)


class Watch:
    """A plugin of pytest: which tests to run, in which order, and what they took and reached."""

    def __init__(self, wanted: list[str] | None, coverage: Any = None) -> None:
        self.wanted = wanted
        self.coverage = coverage
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self.fixtures: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self.wanted is not None:
            order = {test: number for number, test in enumerate(self.wanted)}
            items[:] = sorted(
                (item for item in items if item.nodeid in order),
                key=lambda item: order[item.nodeid],
            )

    def pytest_runtest_setup(self, item: Any) -> None:
        self.fixtures[item.nodeid] = list(getattr(item, "fixturenames", ()))
        self._turn_to(item.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        self._turn_to(f"fixture {fixturedef.argname}")
        return (yield)

    def pytest_runtest_call(self, item: Any) -> None:
        self._turn_to(item.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        begun = sum(os.times()[:4])
        answer = yield
        self.seconds[item.nodeid] = sum(os.times()[:4]) - begun
        return answer

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def _turn_to(self, context: str) -> None:
        if self.coverage is not None:
            self.coverage.switch_context(context)


def look(room: str, copy: Path) -> Known:
    """Run a room's tests without a mutation: which lines does each reach, and in what time?"""
    answer = Path(tempfile.mkdtemp(dir=FOLDER)) / "known.json"
    tests = [test for test in ROOMS[room][1] if (copy / test).exists()]
    _fork(copy, tests, None, answer=answer, limit=900, trace=True)
    said = json.loads(answer.read_text())
    for name in said["modules"]:
        with contextlib.suppress(Exception):  # a part that wants another part first
            importlib.import_module(name)
    if said["failed"]:
        print(f"{room}: not used, for they fail without a mutation: {said['failed']}")
    seconds = {
        test: took
        for test, took in said["seconds"].items()
        if took <= DEAR_S and test not in said["failed"]
    }
    reached = {
        file: {int(line): set(by) & set(seconds) for line, by in lines.items()}
        for file, lines in said["reached"].items()
    }
    return Known(reached, seconds)


def notice(mutant: _mutants.Mutant, known: Known, copy: Path) -> str:
    """How a mutant was noticed: by a test's name or by the time; empty where it was not."""
    lines = {
        line: by & set(known.seconds) for line, by in known.reached.get(mutant.file, {}).items()
    }
    if mutant.at_import:
        near = set().union(*lines.values())
        rest = set(known.seconds) - near
    else:
        first, last = mutant.statement
        near = set().union(*(lines.get(line, set()) for line in range(first, last + 1)))
        files = {test.split("::")[0] for test in near}
        rest = {test for test in known.seconds if test.split("::")[0] in files} - near
    place = copy / mutant.file
    sound = place.read_text(encoding="utf-8")
    place.write_text(mutant.text, encoding="utf-8")
    try:
        by = _by(near, known, copy) or _by(rest, known, copy)
    finally:
        place.write_text(sound, encoding="utf-8")
    if by in known.seconds and not known.proven.get(by):
        known.proven[by] = not _by({by}, known, copy)
        if not known.proven[by]:  # it would fail without a mutation as well
            del known.seconds[by]
            return notice(mutant, known, copy)
    return by


def _by(tests: set[str], known: Known, copy: Path) -> str:
    """The first of these tests that fails, the time, or nothing."""
    if not tests:
        return ""
    wanted = sorted(tests, key=lambda test: (known.seconds[test], test))
    files = sorted({test.split("::")[0] for test in wanted})
    answer = Path(tempfile.mkdtemp(dir=FOLDER)) / "said.json"
    limit = 10 + PATIENCE * sum(known.seconds[test] for test in wanted)
    code, late = _fork(copy, files, wanted, answer=answer, limit=limit)
    if code == 0:
        return ""
    failed = json.loads(answer.read_text())["failed"] if answer.exists() else []
    return failed[0] if failed else "its time" if late else "the import"


def _fork(
    copy: Path,
    files: list[str],
    wanted: list[str] | None,
    *,
    answer: Path,
    limit: float,
    trace: bool = False,
) -> tuple[int, bool]:
    """Exit code of tests in a process of its own, and whether they took too long."""
    child = os.fork()
    if not child:
        code = 70
        try:
            os.setpgrp()
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 5))
            with answer.with_suffix(".log").open("w") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            code = _test(copy, files, wanted, answer=answer, trace=trace)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    end = time.monotonic() + WAIT * limit
    while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
        time.sleep(0.02)
    late = not done[0]
    if late:
        os.kill(child, signal.SIGKILL)
        done = os.waitpid(child, 0)
    status = done[1]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what the tests started and left
    if os.WIFSIGNALED(status):
        return -os.WTERMSIG(status), late or os.WTERMSIG(status) == signal.SIGXCPU
    return os.WEXITSTATUS(status), late


def _test(
    copy: Path,
    files: list[str],
    wanted: list[str] | None,
    *,
    answer: Path,
    trace: bool,
) -> int:
    for name in [name for name in sys.modules if name.split(".")[0] == "receta"]:
        del sys.modules[name]  # of the checkout, not of the copy
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    sys.dont_write_bytecode = True
    coverage = None
    if trace:
        from coverage import Coverage

        coverage = Coverage(data_file=None, source=[str(copy / "receta")], config_file=False)
        coverage.start()
    watch = Watch(wanted, coverage)
    words = ["-q", "-p", "no:cacheprovider", "--tb=line"]
    words += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    words += ["-m", "not slow and not exhaustive", f"--maxfail={0 if trace else 1}"]
    code = pytest.main([*words, *files], plugins=[watch])
    said: dict[str, Any] = {"seconds": watch.seconds, "failed": watch.failed}
    if coverage is not None:
        coverage.stop()
        said["reached"] = _reached(coverage.get_data(), watch, copy)
        said["modules"] = _modules(copy)
    answer.write_text(json.dumps(said))
    return int(code)


def _reached(data: Any, watch: Watch, copy: Path) -> dict[str, dict[int, list[str]]]:
    """File -> line -> the tests that reach it, by themselves or by what is made for them."""
    makes: dict[str, list[str]] = {}
    for test, names in watch.fixtures.items():
        makes[test] = [test]
        for name in names:
            makes.setdefault(f"fixture {name}", []).append(test)
    return {
        str(Path(file).relative_to(copy)): {
            line: sorted({test for by in contexts for test in makes.get(by, ())})
            for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }


def _modules(copy: Path) -> list[str]:
    """What was imported, but for the project and the tests: it is the same for all mutants."""
    kept = (str(Path(sys.prefix)), str(Path(os.__file__).parent))
    return [
        name
        for name, module in list(sys.modules.items())
        if str(getattr(module, "__file__", "") or "").startswith(kept)
        and not name.startswith(_LOADED_BY_PYTEST)
        and str(copy) not in str(module.__file__)
    ]


def copy_checkout() -> Path:
    """A copy of the files that git knows or does not ignore, with what they need beside them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    copy = FOLDER / "copy"
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in names.split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for name in (".venv", "receta/assets/web"):
        if (ROOT / name).exists() and not (copy / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).symlink_to(ROOT / name)
    return copy


def files_of(room: str, copy: Path, only: str) -> list[str]:
    """The Python files of a room."""
    every = sorted(str(path.relative_to(copy)) for path in (copy / "receta").rglob("*.py"))
    starts = ROOMS[room][0]
    return [file for file in every if file.startswith(starts) and only in file]


def harmless() -> dict[tuple[str, str, str], str]:
    """File, line and what it becomes -> why nobody can notice it."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return {
        (entry["file"], entry["was"], entry["becomes"]): entry["why"]
        for entry in tomllib.loads(text).get("harmless", [])
    }


def judge(room: str, copy: Path, *, most: int, seed: int, only: str = "") -> dict[str, Any]:
    """Try a sample of mutants of a room; print each that survives."""
    files, known, allowed = files_of(room, copy, only), look(room, copy), harmless()
    tried = _mutants.sample(copy, files, most=most, seed=seed)
    fine, blind, start = 0, [], time.monotonic()
    for number, mutant in enumerate(tried, 1):
        by = notice(mutant, known, copy)
        why = allowed.get((mutant.file, mutant.was, mutant.becomes), "")
        fine += bool(why and not by)
        if not by and not why:
            blind.append(mutant)
            print(f"{mutant.file}:{mutant.line}\n  - {mutant.was}\n  + {mutant.becomes}")
        print(
            f"{room} {number}/{len(tried)} {by or why or 'survived'}", file=sys.stderr, flush=True
        )
    return {
        "room": room,
        "places": _mutants.count(copy, files),
        "tried": len(tried),
        "noticed": len(tried) - fine - len(blind),
        "harmless": fine,
        "survived": [
            {
                key: value
                for key, value in asdict(mutant).items()
                if key in ("file", "was", "becomes")
            }
            for mutant in blind
        ],
        "seed": seed,
        "minutes": (time.monotonic() - start) / 60,
    }


def write(rows: list[dict[str, Any]]) -> None:
    """The table of the manual."""
    from receta.core.measure import wilson

    table = []
    for row in rows:
        matter = row["tried"] - row["harmless"]
        low, high = wilson(row["noticed"], matter)
        share = f"{row['noticed'] / matter:.0%} ({low:.0%} to {high:.0%})"
        cells = [row["places"], row["tried"], row["noticed"], row["harmless"], share]
        table.append([f"`{row['room']}`", *cells, row["seed"]])
    heads = ["room", "places", "tried", "noticed", "harmless", "noticed of those that matter"]
    _table.write(
        "mutations",
        "What the tests notice",
        (__doc__ or "").split("\n\npython")[0],
        [*heads, "seed"],
        table,
        ["Places: where a sign can be changed. In brackets: 95 % interval of the share (Wilson)."],
    )


def begin_alike() -> None:
    """Let pytest load no plugins, which take longer than most tests, and Hypothesis draw alike."""
    from hypothesis import HealthCheck, settings

    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    calm = [HealthCheck.too_slow]
    settings.register_profile("alike", derandomize=True, deadline=None, suppress_health_check=calm)
    settings.load_profile("alike")


def main() -> None:
    """Measure the rooms that are named; the others keep the row that they have."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rooms", nargs="*", default=list(ROOMS))
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    sys.path.append(str(_peers.beside("mutations", TOOLS)))
    begin_alike()
    copy, kept = copy_checkout(), ROOT / "benchmarks" / "mutations.json"
    for room in asked.rooms:
        row = judge(room, copy, most=asked.sample, seed=asked.seed, only=asked.only)
        print(json.dumps({key: value for key, value in row.items() if key != "survived"}))
        if not asked.only:
            rows = json.loads(kept.read_text()) if kept.exists() else {}
            kept.write_text(json.dumps(rows | {room: row}, indent=1) + "\n", encoding="utf-8")
            write([(rows | {room: row})[name] for name in ROOMS if name in rows | {room: row}])


if __name__ == "__main__":
    main()
