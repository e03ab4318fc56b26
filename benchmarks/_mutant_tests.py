"""Which tests reach a line, and does one of them notice a change there?

Tests run in a process that was forked from this one after all packages were imported, so that a
mutant costs little more than its tests.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _mutants
import pytest

FOLDER = Path(tempfile.gettempdir()) / f"receta-mutations-{os.getuid()}"
DEAR_S = 4.0  # a test that takes more of the processor is left out
_PATIENCE = 5  # times the processor's time of the unmutated tests, and some seconds for the start
_WAIT = 60  # times that, by the clock: whoever is stopped so was not noticed, the machine was busy
_NOT_BEFOREHAND = ("receta", "tests", "conftest", "coverage", "_pytest", "pytest")


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


def look(tests: Sequence[str], copy: Path) -> Known:
    """Run tests without a mutation: which lines does each reach, and in what time?"""
    answer = Path(tempfile.mkdtemp(dir=FOLDER)) / "known.json"
    there = [test for test in tests if (copy / test).exists()]
    _fork(copy, there, None, answer=answer, limit=900, trace=True)
    said = json.loads(answer.read_text())
    for name in said["modules"]:
        with contextlib.suppress(Exception):  # a part that wants another part first
            importlib.import_module(name)
    if said["failed"]:
        print(f"not used, for they fail without a mutation: {said['failed']}")
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
    """How a mutant was noticed: by a test's name or by the processor's time; '' where it was not."""
    lines = {
        line: by & set(known.seconds) for line, by in known.reached.get(mutant.file, {}).items()
    }
    first, last = mutant.statement
    near = set().union(*(lines.get(line, set()) for line in range(first, last + 1)))
    tests = set(known.seconds) if mutant.at_import else near
    place = copy / mutant.file
    sound = place.read_text(encoding="utf-8")
    place.write_text(mutant.text, encoding="utf-8")
    try:
        by = _by(near, known, copy) or _by(tests - near, known, copy)
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
    limit = 10 + _PATIENCE * sum(known.seconds[test] for test in wanted)
    code, late = _fork(copy, files, wanted, answer=answer, limit=limit)
    if code == 0:
        return ""
    failed = json.loads(answer.read_text())["failed"] if answer.exists() else []
    if late == "clock":
        print(f"stopped by the clock, so not counted as noticed: {len(wanted)} tests", flush=True)
        return ""
    return failed[0] if failed else "its time" if late else "the import"


def _fork(
    copy: Path,
    files: list[str],
    wanted: list[str] | None,
    *,
    answer: Path,
    limit: float,
    trace: bool = False,
) -> tuple[int, str]:
    """Exit code of tests in a process of its own, and what stopped them: processor, clock or ''."""
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
    end = time.monotonic() + _WAIT * limit
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
        by_processor = os.WTERMSIG(status) == signal.SIGXCPU
        return -os.WTERMSIG(status), "clock" if late else "processor" if by_processor else ""
    return os.WEXITSTATUS(status), ""


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
        and not name.startswith(_NOT_BEFOREHAND)
        and str(copy) not in str(module.__file__)
    ]
