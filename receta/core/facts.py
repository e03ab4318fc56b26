"""What does a finding say to fixes and to the planner, who read no words?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Facts:
    """Typed facts of a finding; each is empty where the finding has nothing to say of it.

    column: of a table, with the decimal mark and the unit of its numbers. reasons: why an example
    cannot be read, by id. labels: a better label, and how sure it is (0 to 1), by id. spellings:
    names of classes, by another spelling. groups: those that stand in several parts. augmentation:
    its name, at a strength, and whether it is left out. images_per_second: of training. right: the
    share of the cases in which who judges is right.

    >>> Facts(column="age").to_json(), Facts.from_json({"column": "age"}) == Facts(column="age")
    ({'column': 'age'}, True)
    """

    column: str = ""
    decimal: str = ""
    unit: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    augmentation: str = ""
    strength: float = 0.0
    left_out: bool = False
    images_per_second: float = 0.0
    right: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON, without what is empty."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Facts:
        """The facts that `to_json` wrote; names that it does not know are passed over."""
        known = {one.name: plain[one.name] for one in fields(cls) if one.name in plain}
        if "labels" in known:
            known["labels"] = {name: tuple(said) for name, said in plain["labels"].items()}
        if "groups" in known:
            known["groups"] = tuple(plain["groups"])
        return cls(**known)

    @classmethod
    def from_shown(cls, shown: Any) -> Facts:
        """The facts of a finding by a version that had them among what is drawn."""
        if not isinstance(shown, dict):
            return cls()
        return cls(
            **{
                name: kind(shown[name])
                for name, kind in _ONCE_SHOWN.items()
                if isinstance(shown.get(name), kind)
            }
        )


_ONCE_SHOWN: dict[str, Any] = {
    **dict.fromkeys(("column", "decimal", "unit", "augmentation"), str),
    **dict.fromkeys(("strength", "images_per_second"), float),
    "left_out": bool,
}
