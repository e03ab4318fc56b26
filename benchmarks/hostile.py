"""What do hostile and broken inputs, recipes, runs and bundles do to receta?

    python benchmarks/hostile.py [KIND ...] [--seed N] [--seconds S] [--match NAME] [--log FILE]
    [--table]

Attacks of a kind are made by a file in benchmarks/attacks. Each is one command of the command line,
in a process that may take 4 GiB of memory and S (60) seconds; what ends a process ends one attack.
Asked of each: was code of it executed (a file that such code would write), was a file outside
read (its time of access, its words in what is told or written), was there a traceback or a mistake
of receta's own, which exit code, how many seconds, how much memory.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import random
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import _table

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "attacks"))
from _attack import SECRET, Attack, Lure  # noqa: E402

MEMORY = 4 * 2**30  # of a process, after which it is ended
# that it may ask for beyond those at its start: TensorFlow asks for many that it never uses
ADDRESSES = 12 * 2**30
SLOW, LARGE = 10, 1500  # seconds, MB: told of, though nothing went wrong
LINEAR = ["--set", "rungs=linear", "--set", "epochs=1", "--force"]


def main() -> None:
    """Make all attacks, let children suffer them, write the table."""
    words = argparse.ArgumentParser()
    words.add_argument("kinds", nargs="*")
    words.add_argument("--seed", type=int, default=13)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--child", nargs=2)
    words.add_argument("--match", default="")
    words.add_argument(
        "--log",
        help="a file that gets a line an attack: kind, name, code, seconds, MB, what was told",
    )
    words.add_argument("--table", action="store_true", help="write docs/benchmarks/hostile.md")
    given = words.parse_args()
    if given.child:
        suffer(Path(given.child[0]), Path(given.child[1]))
        return
    kinds = given.kinds or sorted(path.stem for path in (HERE / "attacks").glob("[a-z]*.py"))
    rows, every = [], []
    with tempfile.TemporaryDirectory() as place:
        for kind in kinds:
            lure = Lure.laid(Path(place) / "lures" / kind)
            os.environ["RECETA_CACHE"] = str(Path(place) / "cache")
            found = importlib.import_module(kind).attacks(
                Path(place) / kind, random.Random(given.seed), lure
            )
            outcomes = []
            victim = Victim(lure, Path(place) / "out" / kind, given.seconds)
            for attack in found:
                if given.match not in attack.name:
                    continue
                outcome = victim.suffer(attack)
                outcome["read"] = outcome["told_secret"] or (
                    outcome["read"] and not attack.may_open
                )
                outcomes.append(outcome)
                if given.log:
                    last = " ".join(outcome["told"].split())[-300:]
                    with open(given.log, "a", encoding="utf-8") as log:
                        log.write(
                            f"{kind}\t{attack.name}\t{outcome['code']}\t{outcome['seconds']:.1f}\t{outcome['mb']}\t{last}\n"
                        )
                if (wrong := complaints(outcome)) or given.match:
                    told = f"receta {' '.join(attack.words)[:300]}\n    {outcome['told'][-600:]}"
                    print(f"{kind}: {attack.name}: {', '.join(wrong)}\n    {told}", flush=True)
                elif outcome["seconds"] > SLOW or outcome["mb"] > LARGE:
                    print(
                        f"{kind}: {attack.name}: {outcome['seconds']} s, {outcome['mb']} MB, "
                        f"exit code {outcome['code']}",
                        flush=True,
                    )
            victim.end()
            rows.append(row(kind, outcomes))
            every += outcomes
            print(rows[-1], flush=True)
            shutil.rmtree(Path(place) / kind)
    if len(kinds) > 1:
        rows.append(row("all", every))
    if given.table:
        heads = [
            "attacks",
            "n",
            "exit codes",
            "executed",
            "read outside",
            "tracebacks",
            "killed",
            "most seconds",
            "most MB",
        ]
        _table.write(
            "hostile",
            "Hostile inputs",
            (__doc__ or "").strip(),
            heads,
            rows,
            [
                "Seconds and memory are those of the slowest and of the largest attack; "
                "TensorFlow alone takes 0.4 to 0.8 GB.",
                f"Load average of the machine while it was measured: {os.getloadavg()[0]:.1f}.",
            ],
        )
    else:
        for one in rows:
            print(*one, sep=" | ")


def row(kind: str, outcomes: list[dict[str, Any]]) -> list[object]:
    """A line of the table."""
    codes = Counter(str(one["code"]) for one in outcomes)
    return [
        kind.replace("_", " "),
        len(outcomes),
        ", ".join(f"{n} x {code}" for code, n in sorted(codes.items())),
        *(
            sum(bool(one[key]) for one in outcomes)
            for key in ("executed", "read", "traceback", "killed")
        ),
        float(max(one["seconds"] for one in outcomes)),
        max(one["mb"] for one in outcomes),
    ]


def complaints(outcome: dict[str, Any]) -> list[str]:
    """What is wrong with how an attack ended."""
    wrong = [key for key in ("executed", "read", "traceback", "killed") if outcome[key]]
    return wrong + ([f"exit code {outcome['code']}"] if outcome["code"] not in (0, 1, 2) else [])


class Victim:
    """A child that suffers attacks one after the other.

    A new one takes the place of one that ended.
    """

    def __init__(self, lure: Lure, out: Path, seconds: float) -> None:
        self.lure, self.out, self.seconds = lure, out, seconds
        self.child: subprocess.Popen[bytes] | None = None
        out.mkdir(parents=True)

    def suffer(self, attack: Attack) -> dict[str, Any]:
        """What came of an attack."""
        began = time.monotonic()
        is_new = self.child is None
        if self.child is None:
            command = [
                sys.executable,
                __file__,
                "--child",
                str(self.out),
                str(self.lure.secret.parent),
            ]
            with open(self.out / "errors.txt", "wb") as errors:
                self.child = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    cwd=self.out,
                )
        child = self.child
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(attack.words).encode() + b"\n")
        child.stdin.flush()
        # The first answer waits for imports too.
        while (
            time.monotonic() - began < self.seconds + 30 * is_new and resident(child.pid) < MEMORY
        ):
            if not select.select([child.stdout], [], [], 0.2)[0]:
                continue
            if line := child.stdout.readline():
                answer: dict[str, Any] = json.loads(line)
                return answer
            break
        child.kill()
        self.child = None
        told = (self.out / "errors.txt").read_text(errors="replace")
        return {
            "code": child.wait(),
            "executed": self.lure.canary.exists(),
            "read": self.lure.was_read(),
            "told_secret": False,
            "traceback": "",
            "killed": "killed",
            "seconds": time.monotonic() - began,
            "mb": 0,
            "told": told,
        }

    def end(self) -> None:
        """No more attacks."""
        if self.child is not None:
            self.child.communicate(timeout=60)


def suffer(out: Path, lures: Path) -> None:
    """In a child: one command after the other, and what came of each, a line of JSON."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints past Python
    lure = Lure(lures / "secret.txt", lures / "canary")
    from receta import cli

    class Ended(BaseException):
        pass

    def end(code: int) -> None:
        raise Ended(code)

    cli._end = end  # type: ignore[assignment]
    limit = address_space() + ADDRESSES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    hidden = SECRET.encode()
    for number, words in enumerate(map(json.loads, sys.stdin)):
        lure.set()
        written = out / f"{os.getpid()}-{number}"
        sys.argv = (
            [
                "receta",
                *words,
                "--out",
                str(written / "run"),
                *LINEAR[4 * ("--set" in words or "--recipe" in words) :],
            ]
            if words[0] == "run"
            else ["receta", *words]
        )
        told, began = io.StringIO(), time.monotonic()
        Path("/proc/self/clear_refs").write_text("5")
        wrong = ""
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            try:
                cli.main()
                code: object = "no end"
            except Ended as error:
                code = error.args[0]
            except SystemExit as error:
                code = error.code or 0
            except BaseException as error:
                code, wrong = "raised", repr(error)[:200]
        seconds, text = time.monotonic() - began, told.getvalue()
        wrong = wrong or next(
            (
                word
                for word in ("Traceback (most recent", "mistake of receta's own")
                if word in text
            ),
            "",
        )
        inside = SECRET in text or any(
            hidden in path.read_bytes() for path in written.rglob("*") if path.is_file()
        )
        answer = {
            "code": code,
            "executed": lure.canary.exists(),
            "read": lure.was_read(),
            "told_secret": inside,
            "traceback": wrong,
            "killed": "",
            "seconds": round(seconds, 2),
            "mb": peak_mb(),
            "told": text[-800:],
        }
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        shutil.rmtree(written, ignore_errors=True)


def address_space() -> int:
    """Bytes of address space that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def resident(process: int) -> int:
    """Bytes of memory that a process has; 0 where it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def peak_mb() -> int:
    """The most memory since it was asked last."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    main()
