"""What do audits, checks and the doctor all say, and in which form?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from receta.core.facts import Facts
from receta.core.shown import Shown, as_frame

Verdict = Literal["ok", "warn", "fail"]
# Units of which there may be one.
_COUNTED = (
    "images",
    "rows",
    "columns",
    "cells",
    "groups",
    "names",
    "classes",
    "steps",
    "examples",
    "texts",
    "windows",
    "epochs",
    "looks",
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was measured, expected, advised.

    `where` names the place (a rung, a part, a file); `ids` the examples it is about; `pairs` those
    that belong together. `shown` holds small numbers for the report's picture of it (a curve,
    filters): drawn, and nothing is decided by it; what fixes and the planner go by are `facts`.
    judged: False where there was nothing to judge by (no test part); the verdict is then `ok`.
    mended: the run has seen to it by itself, so that nothing is left to do.

    >>> Finding("imbalance", "ok", 1.1, "ratio", "<= 10").failed
    False
    """

    check: str
    verdict: Verdict
    measured: float
    unit: str
    expected: str
    where: str = ""
    ids: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    advice: str = ""
    shown: Any = None
    judged: bool = True
    mended: bool = False
    facts: Facts = field(default=Facts(), hash=False)

    @property
    def failed(self) -> bool:
        """Whether the verdict is `fail`."""
        return self.verdict == "fail"

    def unit_in_words(self) -> str:
        """The unit, in the singular for one: 1 image, 2 images."""
        counted = self.measured == 1 and self.unit in _COUNTED
        return {"classes": "class"}.get(self.unit, self.unit[:-1]) if counted else self.unit

    def sentence(self) -> str:
        """One line for people: what, where, measured, expected, advice."""
        place = f" ({self.where})" if self.where else ""
        if not self.judged:
            return f"{self.check}: not judged{place}."
        text = (
            f"{self.check}{place}: {self.measured:.4g} {self.unit_in_words()}; expected "
            f"{self.expected}."
        )
        return f"{text} {self.advice}".rstrip()

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON, with the empty optional parts left out."""
        plain = asdict(self)
        for optional in ("where", "ids", "pairs", "shown"):
            if not plain[optional]:
                del plain[optional]
        if self.judged:
            del plain["judged"]
        if not self.mended:
            del plain["mended"]
        del plain["facts"]
        if facts := self.facts.to_json():
            plain["facts"] = facts
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Finding:
        """The finding that `to_json` wrote."""
        ids = tuple(plain.get("ids", ()))
        pairs = tuple((a, b) for a, b in plain.get("pairs", ()))
        facts = plain.get("facts")
        known = Facts.from_shown(plain.get("shown")) if facts is None else Facts.from_json(facts)
        return cls(**{**plain, "ids": ids, "pairs": pairs, "facts": known})


class Findings(list[Finding], Shown):
    """What was looked at, in order: a list that says in a few lines what needs a look.

    >>> unjudged = Finding("drift", "ok", 0, "images", "0", judged=False)
    >>> Findings(
    ...     [
    ...         Finding("imbalance", "warn", 12, "ratio", "<= 10"),
    ...         Finding("leak", "ok", 0, "images", "0"),
    ...         unjudged,
    ...     ]
    ... )
    Findings(3: 0 fail, 1 warn, 1 ok, 1 not judged)
      warn  imbalance: 12 ratio; expected <= 10.
    """

    def __repr__(self) -> str:
        n = {
            word: sum(one.judged and one.verdict == word for one in self)
            for word in ("fail", "warn", "ok")
        }
        if unjudged := sum(not one.judged for one in self):
            n["not judged"] = unjudged
        lines = [
            f"Findings({len(self)}: {', '.join(f'{count} {word}' for word, count in n.items())})"
        ]
        lines += [
            f"  {one.verdict}  {one.sentence()}"
            for verdict in ("fail", "warn")
            for one in self
            if one.verdict == verdict
        ]
        return "\n".join(lines)

    def frame(self) -> Any:
        """A pandas DataFrame, one finding a row; MissingExtra without pandas."""
        return as_frame([{**replace(one, facts=Facts()).to_json(), "shown": None} for one in self])


def leave_unjudged(
    check: str, unit: str, expected: str, *, where: str = "", measured: float = 0, advice: str = ""
) -> Finding:
    """The finding of what could not be judged; where: why, in a few words.

    >>> leave_unjudged("leak", "images", "0", where="no test part").sentence()
    'leak: not judged (no test part).'
    """
    return Finding(check, "ok", measured, unit, expected, where, advice=advice, judged=False)


def worst(findings: Iterable[Finding]) -> Verdict:
    """The gravest verdict among findings; `ok` when there are none.

    >>> worst([])
    'ok'
    """
    order: tuple[Verdict, ...] = ("ok", "warn", "fail")
    return max((finding.verdict for finding in findings), key=order.index, default="ok")
