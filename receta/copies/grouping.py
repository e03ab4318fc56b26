"""Which part of the ids names what near-copies share, so that a split can keep them together?"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from receta import tasks
from receta.data.dataset import Dataset
from receta.probing.rows import labels

# A group that does not hold nearly all pairs leaks; one that holds nearly all pictures cannot be
# split.
HOLDS, LARGEST = 0.97, 0.7
FEWEST = 3  # groups: train, validation and test
_MOST = 20  # parts of an id of each kind that are tried: each is looked for in all ids


def grouping(data: Dataset, pairs: Sequence[tuple[int, int]]) -> str | None:
    """A regular expression for `--group`, or None where no part of the ids will do.

    Looked for: a word with a number (hand3), then a part between underscores or hyphens,
    then a folder. It must find something in every id, the same in near-copies, and not
    the label, which every split has to spread.
    """
    best: tuple[float, int, int] = (0.0, 0, 0)
    chosen = None
    for rank, pattern in enumerate(_patterns(data.ids[pairs[0][0]])):
        groups = _find(pattern, data.ids)
        if groups is None or not _divides(data, groups):
            continue
        held = round(sum(groups[one] == groups[other] for one, other in pairs) / len(pairs), 2)
        score = (held, -rank, len(set(groups)))
        if held >= HOLDS and score > best:
            best, chosen = score, pattern
    return chosen


def _patterns(name: str) -> list[str]:
    """What may name the group, going by one id."""
    folder, _, last = name.rpartition("/")
    stem = last.rpartition(".")[0] or last
    words = [
        f"{re.escape(word)}[0-9]+"
        for word in re.findall(r"(?<![A-Za-z])([A-Za-z]+)(?=[0-9])", name)
    ]
    parts = re.split(r"[_\-]", stem)
    between = (
        [rf"(?:^|/)(?:[^/_-]*[_-]){{{place}}}([^/_.-]+)[^/]*$" for place in range(len(parts))]
        if len(parts) > 1
        else []
    )
    folders = (
        [rf"^(?:[^/]*/){{{depth}}}([^/]+)/" for depth in range(folder.count("/") + 1)]
        if folder
        else []
    )
    return list(dict.fromkeys([*words[:_MOST], *between[:_MOST], *folders[:_MOST]]))


def _find(pattern: str, ids: Sequence[str]) -> list[str] | None:
    expression = re.compile(pattern)
    groups = []
    for name in ids:
        match = expression.search(name)
        if match is None:
            return None
        groups.append(match[1] if expression.groups else match[0])
    return groups


def _divides(data: Dataset, groups: list[str]) -> bool:
    """Whether a split by these groups has several of them, and several labels in each."""
    counts = Counter(groups)
    if (
        len(counts) < FEWEST
        or len(counts) > len(groups) / 2
        or max(counts.values()) > LARGEST * len(groups)
    ):
        return False
    if not tasks.of(data.task).IS_COUNTED:
        return True
    held: dict[str, set[int]] = defaultdict(set)
    for group, label in zip(groups, labels(data).tolist(), strict=True):
        held[group].add(label)
    return sum(len(some) > 1 for some in held.values()) > len(counts) / 2
