"""Which examples show what a network was trained on? A few of each class, for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from receta import kinds, tasks
from receta.core.reading import reading_order
from receta.core.spec import Spec

EACH = 3  # of a class, where there are few classes
MOST = 48  # of all
_FEW = 12  # of those that have no classes, or are no pictures

Parts = Callable[[], Iterator[tuple[str, Iterator[Any]]]]


def examples(
    class_names: Sequence[str], parts: Parts, spec: Spec, task: str
) -> list[dict[str, Any]]:
    """Validation examples with their answers, 48 at most.

    A picture is {"class", "picture": data: URI}; others are {"instance": as a request says it},
    with "class", "values" or "ahead", as the task tells it. parts: as Evidence.parts gives them,
    the validation part first.
    """
    kind, known = kinds.of_specs((spec,)), tasks.of(task)
    is_seen = kind.NOUN.is_seen
    word = "picture" if is_seen else "instance"
    most = MOST if is_seen else _FEW
    _, batches = next(parts(), ("", iter(())))
    if not known.IS_COUNTED:
        found = [pair for batch in batches for pair in zip(*batch, strict=True)]
        chosen = np.linspace(0, len(found) - 1, min(len(found), _FEW)).astype(int)
        return [{word: kind.show(spec, found[at][0]), **known.truth(found[at][1])} for at in chosen]
    each = max(1, min(EACH, most // max(1, len(class_names))))
    held: dict[int, list[np.ndarray]] = {}
    for given, targets in batches:
        if targets is None:  # made up: they show nothing
            return []
        for target, mine in enumerate(known.held(targets, len(class_names))):
            room = each - len(held.setdefault(target, []))
            if room > 0:
                held[target] += list(given[mine][:room])
    order = reading_order(class_names)
    # pictures class by class; others in turn, as one stands beside the other
    turns = (
        [(target, at) for target in order for at in range(each)]
        if is_seen
        else [(target, at) for at in range(each) for target in order]
    )
    return [
        {"class": class_names[target], word: kind.show(spec, held[target][at])}
        for target, at in turns
        if at < len(held.get(target, ()))
    ][:most]
