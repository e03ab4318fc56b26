"""Does the library keep the figures of the house? Its exceptions may only shrink.

They stand in house.toml, each with its reason. What is counted: figures.py.

    python .ci/house.py            judge; the exit code is 1 when a figure is exceeded
    python .ci/house.py --lower    lower the bounds in house.toml to what is needed today
    python .ci/house.py --list     the lines of house.toml that today's figures would need
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures import MOST_LINES, RULES, Figures, measure

ROOT = Path(__file__).resolve().parents[1]
EXCEPTIONS = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Exempt:
    """How much of one rule a file may break, and why."""

    most: int
    why: str


def read_exceptions(path: Path) -> dict[str, dict[str, Exempt]]:
    """rule -> file -> what is allowed there.

    Raises ValueError for a rule that does not exist, and where a reason is missing.
    """
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    for rule, files in told.items():
        if rule not in RULES:
            raise ValueError(
                f"{path.name} has a rule {rule}; expected one of {', '.join(RULES)}. Rename it."
            )
        for name, entry in files.items():
            if set(entry) != {"most", "why"} or not str(entry["why"]).strip():
                raise ValueError(
                    f"{path.name}, {rule}, {name}: expected most = NUMBER and why = REASON. "
                    "Add what is missing."
                )
    return {
        rule: {name: Exempt(**entry) for name, entry in told.get(rule, {}).items()}
        for rule in RULES
    }


def judge(figures: Figures, exempt: Mapping[str, Mapping[str, Exempt]]) -> list[str]:
    """One line for each file that exceeds its bound, and for each exception that nothing needs."""
    wrong = []
    for rule, what in RULES.items():
        for name, number in figures[rule].items():
            most = exempt[rule][name].most if name in exempt[rule] else 0
            if number > most:
                allowed = (
                    f"at most {most}"
                    if most
                    else "none"
                    if rule != "lines"
                    else f"at most {MOST_LINES}"
                )
                wrong.append(f"{name}: {number} {what}; expected {allowed}. Take some out.")
        for name in exempt[rule].keys() - figures[rule].keys():
            wrong.append(
                f"{name}: no {what} any more, but an exception for it; expected none. "
                "Run: python .ci/house.py --lower"
            )
    return sorted(wrong)


def lower(text: str, figures: Figures) -> str:
    """The text of house.toml with bounds lowered to today's figures, and needless lines gone."""
    kept, rule = [], ""
    for line in text.splitlines(keepends=True):
        if heading := re.match(r"\[(\w+)\]", line):
            rule = heading[1]
        entry = re.match(r'"([^"]+)" = \{ most = (\d+), ', line)
        if entry:
            number = min(int(entry[2]), figures[rule].get(entry[1], 0))
            if not number:
                continue
            line = line.replace(f"most = {entry[2]},", f"most = {number},", 1)
        kept.append(line)
    return "".join(kept)


def as_entries(figures: Figures) -> str:
    """Lines of house.toml that today's figures would need; a person adds the reasons."""
    lines = []
    for rule, files in figures.items():
        lines += [
            f"[{rule}]",
            *(
                f'"{name}" = {{ most = {number}, why = "" }}'
                for name, number in sorted(files.items())
            ),
            "",
        ]
    return "\n".join(lines)


def summary(figures: Figures) -> str:
    """One line a rule: how many, in how many files."""
    counted = {
        rule: sum(files.values()) if rule != "lines" else len(files)
        for rule, files in figures.items()
    }
    shown = {
        rule: what if rule != "lines" else f"files of more than {MOST_LINES} lines"
        for rule, what in RULES.items()
    }
    return "\n".join(
        f"{counted[rule]:>6} {shown[rule]}, in {len(figures[rule])} files" for rule in RULES
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the package beside this file, and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--lower",
        action="store_true",
        help="lower the bounds in house.toml to what is needed today",
    )
    parser.add_argument(
        "--list", action="store_true", help="print the exceptions that today's figures would need"
    )
    asked = parser.parse_args(arguments)
    figures = measure(ROOT)
    if asked.list:
        print(as_entries(figures))
        return 0
    if asked.lower:
        EXCEPTIONS.write_text(
            lower(EXCEPTIONS.read_text(encoding="utf-8"), figures), encoding="utf-8"
        )
    wrong = judge(figures, read_exceptions(EXCEPTIONS))
    print("\n".join([summary(figures), *wrong]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
