"""Which faults in the code do the tests notice, when one sign of it is changed?

Of each room a sample of single mutations is drawn, each place of its files as likely as any
other: a comparison turned or moved by its bound, plus for minus, `and` for `or`, a constant one
up or down or times 1.5, True for False (by cosmic-ray, `benchmarks/_mutants.py`). Each is
written into a copy of the checkout, and the tests of the room that reach its line are run,
quickest first (of what is run at the import: all tests of the room). A mutation is noticed when
a test fails, or takes several times its time of the processor; one that the clock stops is not
counted as noticed.
Of those that survive, the harmless are taken out by hand: they change nothing that anybody could
ask for (`benchmarks/mutations.toml`, each with its reason).

python benchmarks/mutations.py [ROOM...] [--sample 40] [--seed 0] [--only TEXT]
    --only: only files whose path holds this text; then nothing is written.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import _mutants
import _peers
import _table
from _mutant_tests import FOLDER, look, notice

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
            "tests/exporters/test_gaps.py",
            "tests/exporters/test_judging.py",
            "receta/exporters/parity",
        ),
    ),
    "image": (
        ("receta/data/image", "receta/data/pnm", "receta/data/orient"),
        ("tests/data", "receta/data"),
    ),
}


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
    room = [file for file in every if file.startswith(starts) and only in file]
    made_up = ("/made_up/", "/setups/examples")  # data for the tests
    return [file for file in room if not any(words in file for words in made_up)]


def harmless() -> dict[tuple[str, str, str], str]:
    """File, line and what it becomes ('' for anything) -> why nobody can notice it."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return {
        (entry["file"], entry["was"], entry.get("becomes", "")): entry["why"]
        for entry in tomllib.loads(text).get("harmless", [])
    }


@dataclass(frozen=True)
class Judged:
    """How many of a room's mutants were noticed, of those that were tried."""

    room: str
    places: int
    tried: int
    noticed: int
    harmless: int
    seed: int


def judge(room: str, copy: Path, *, most: int, seed: int, only: str = "") -> Judged:
    """Try a sample of mutants of a room; print each that survives."""
    files, known, allowed = files_of(room, copy, only), look(ROOMS[room][1], copy), harmless()
    tried = _mutants.sample(copy, files, most=most, seed=seed)
    fine = missed = 0
    for number, mutant in enumerate(tried, 1):
        by = notice(mutant, known, copy)
        keys = [(mutant.file, mutant.was, becomes) for becomes in (mutant.becomes, "")]
        why = "" if by else next(filter(None, map(allowed.get, keys)), "")
        fine += bool(why)
        if not by and not why:
            missed += 1
            print(
                f"{mutant.file}:{mutant.line}\n  - {mutant.was}\n  + {mutant.becomes}", flush=True
            )
        print(
            f"{room} {number}/{len(tried)} {by or why or 'survived'}", file=sys.stderr, flush=True
        )
    noticed = len(tried) - fine - missed
    return Judged(room, _mutants.count(copy, files), len(tried), noticed, fine, seed)


def write(row: list[str]) -> None:
    """Put the row of a room into the manual's table; the other rooms keep theirs."""
    page = _table.DOCS / "mutations.md"
    lines = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    split = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    rows = {cells[0]: cells for cells in [*split, row]}
    heads = ["room", "places", "tried", "noticed", "harmless", "noticed of those that matter"]
    _table.write(
        "mutations",
        "What the tests notice",
        (__doc__ or "").split("\n\npython")[0],
        [*heads, "seed", "date"],
        [list(rows[f"`{room}`"]) for room in ROOMS if f"`{room}`" in rows],
        ["Places: where a sign can be changed. In brackets: 95 % interval of the share (Wilson)."],
    )


def in_cells(judged: Judged) -> list[str]:
    """A row of the table."""
    from receta.core.measure import wilson

    matter = judged.tried - judged.harmless
    low, high = wilson(judged.noticed, matter)
    share = f"{judged.noticed / max(1, matter):.0%} ({low:.0%} to {high:.0%})"
    figures = (judged.places, judged.tried, judged.noticed, judged.harmless, share, judged.seed)
    return [f"`{judged.room}`", *map(str, figures), str(datetime.date.today())]


def begin_alike() -> None:
    """Let pytest load no plugins, which take longer than most tests, and Hypothesis draw alike.

    One thread: those that wait for each other take minutes on a busy machine.
    """
    from hypothesis import HealthCheck, settings

    names = ("PYTHONDONTWRITEBYTECODE", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "OMP_NUM_THREADS")
    os.environ |= dict.fromkeys(names, "1")
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
    copy = copy_checkout()
    for room in asked.rooms:
        judged = judge(room, copy, most=asked.sample, seed=asked.seed, only=asked.only)
        print(judged, flush=True)
        if not asked.only:
            write(in_cells(judged))


if __name__ == "__main__":
    main()
