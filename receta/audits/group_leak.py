"""Which groups stand in more than one of the data's own parts?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from receta.audits.made_up import tiny_folders
from receta.core.facts import Facts
from receta.core.finding import Finding, leave_unjudged
from receta.data.dataset import PARTS, Dataset
from receta.probing.rows import own_parts, readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "series_leakage"
QUESTION = "Does every group stay within one part?"
FINDS = "the same group (`--group`) in more than one of the data's own parts"
WARNS = "any"
UNIT = "groups"
KINDS = ("images", "table", "texts")
BOUND = 0  # who names groups says that their pictures are alike; then a common one is half a leak
GROUP = r"(p\d)_"  # what names the group in the examples below


def group_leak(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """The same group (a person, a camera) in the data's own train and test.

    A warning, for the examples differ: how alike they are the data do not say. `ids`:
    those of such groups in the later part; `shown`: how many by group and part.
    """
    if data.groups is None:
        return [leave_unjudged("group_leak", UNIT, str(BOUND), where="no groups are named")]
    parts = own_parts(data)
    if not parts.any():
        return [
            leave_unjudged(
                "group_leak", UNIT, str(BOUND), where="the data name no validation or test part"
            )
        ]
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, group, part, good in zip(
        data.ids, data.groups, parts.tolist(), readable(data, pixels), strict=True
    ):
        if good:
            found[group][part].append(name)
    common = {group: by_part for group, by_part in sorted(found.items()) if len(by_part) > 1}
    if not common:
        return [Finding("group_leak", "ok", 0, UNIT, str(BOUND), f"{len(found)} groups")]
    named = ", ".join(map(repr, list(common)[:5])) + (
        f" and {len(common) - 5} more" if len(common) > 5 else ""
    )
    later = [
        name
        for by_part in common.values()
        for part in by_part
        if part > min(by_part)
        for name in by_part[part]
    ]
    return [
        Finding(
            "group_leak",
            "warn",
            len(common),
            UNIT,
            str(BOUND),
            f"{named} of {len(found)} groups",
            tuple(later),
            advice="The test part then tells nothing about groups never seen. Divide the data by "
            "group: give them as one "
            "set with --group, without parts of their own.",
            shown={
                group: {PARTS[part]: len(names) for part, names in sorted(by_part.items())}
                for group, by_part in common.items()
            },
            facts=Facts(groups=tuple(common)),
        )
    ]


def innocent(folder: Path) -> str:
    """Write parts whose groups differ."""
    pictures = {
        "train/cat/p1_1.png": 1,
        "train/dog/p2_1.png": 2,
        "test/cat/p3_1.png": 3,
        "test/dog/p4_1.png": 4,
    }
    return tiny_folders.write(folder, pictures)


def culprit(folder: Path) -> str:
    """Write parts with a common group and no common picture."""
    pictures = {
        "train/cat/p1_1.png": 1,
        "train/dog/p2_1.png": 2,
        "test/cat/p1_2.png": 3,
        "test/dog/p4_1.png": 4,
    }
    return tiny_folders.write(folder, pictures)
