"""Do the facts of a finding come back from JSON as they were, also those of earlier versions?"""

from __future__ import annotations

import json

from receta.core import records, shapes
from receta.core.facts import Facts
from receta.core.finding import Finding


def test_facts_come_back_from_json_as_they_were() -> None:
    facts = Facts(
        column="age",
        decimal=",",
        unit="kg",
        reasons={"a.png": "truncated"},
        labels={"b.png": ("cat", 0.9)},
        spellings={"Cat": "cat"},
        groups=("one", "two"),
        augmentation="flip",
        strength=0.4,
        left_out=True,
        images_per_second=321.0,
    )
    finding = Finding("any", "warn", 1, "images", "0", facts=facts)
    plain = json.loads(json.dumps(finding.to_json()))
    assert not shapes.mismatch(plain, records.FINDING)
    assert Finding.from_json(plain) == finding


def test_a_finding_without_facts_says_none_in_json() -> None:
    assert "facts" not in Finding("any", "ok", 0, "images", "0").to_json()


def test_what_an_earlier_version_had_among_what_is_drawn_is_taken_over() -> None:
    plain = {
        **Finding("keeps_labels", "warn", -3.0, "points of accuracy", "no loss").to_json(),
        "shown": {"augmentation": "flip", "strength": 0.4, "left_out": True, "column": 3},
    }
    known = Finding.from_json(plain).facts
    assert known == Facts(augmentation="flip", strength=0.4, left_out=True)
