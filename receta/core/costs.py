"""What does each mistake cost, by the words of a recipe?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from receta.core.errors import RecipeError
from receta.core.registry import nearest


def costs(stated: Sequence[str], class_names: Sequence[str]) -> np.ndarray:
    """(classes, classes) cost of [truth, answer] from texts such as sick>healthy=20.

    Raises RecipeError for a class that is not there.

    >>> costs(["b>a=5"], ["a", "b"]).tolist()
    [[0.0, 1.0], [5.0, 0.0]]
    """
    table = 1.0 - np.eye(len(class_names))
    index = {name: i for i, name in enumerate(class_names)}
    for one in stated:
        names, _, cost = one.rpartition("=")
        # A class may be called a>b: the cut is where both sides are classes.
        cuts = [
            (names[:at].strip(), names[at + 1 :].strip())
            for at, letter in enumerate(names)
            if letter == ">"
        ]
        known = [(truth, answer) for truth, answer in cuts if truth in index and answer in index]
        if not known or known[0][0] == known[0][1]:
            wrong = next((name for name in cuts[0] if name not in index), cuts[0][0])
            raise RecipeError(
                f"costs={one} names {wrong!r}; expected two different classes of "
                f"{', '.join(map(repr, class_names[:10]))}."
                f"{nearest(wrong, class_names)} Write truth>answer=cost."
            )
        table[index[known[0][0]], index[known[0][1]]] = float(cost)
    return table
