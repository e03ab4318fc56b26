"""Which share does each part get, and is there enough of every class for it?"""

from __future__ import annotations

import numpy as np

from receta import tasks
from receta.core.errors import InputError, RecipeError
from receta.core.recipe import Recipe
from receta.core.targets import counts as counts_of
from receta.data.dataset import PARTS, Dataset

TRAIN, VALIDATION, TEST = range(3)  # positions in PARTS


ENOUGH = 5_000  # examples of a part that nobody asked to be larger


def ask_shares(recipe: Recipe, n: int) -> tuple[float, float]:
    """Shares for validation and test of n examples: the user's, or what is enough.

    Of large data the default share is more than a choice needs: with 5,000 examples the
    standard error of an accuracy of 0.94 is 0.0034, and every further one is lost to training.
    """
    chosen = []
    for name in ("validation_share", "test_share"):
        share = float(getattr(recipe, name))
        chosen.append(share if name in recipe.model_fields_set else min(share, ENOUGH / max(n, 1)))
    return chosen[0], chosen[1]


def find_shares(parts: np.ndarray, recipe: Recipe) -> np.ndarray:
    """(3,) shares of what is to be divided; 0 for parts of the data's own."""
    shares = np.array([0.0, *ask_shares(recipe, int((parts == TRAIN).sum()))])
    shares[np.unique(parts)] = 0.0
    shares[TRAIN] = 1 - shares.sum()
    if shares[TRAIN] < 1e-9:
        raise RecipeError(
            f"validation_share={recipe.validation_share:g} and test_share={recipe.test_share:g} "
            "leave nothing to "
            f"train on; expected a sum below 1. Lower one in the recipe or with --set."
        )
    return shares


def require_enough(data: Dataset, free: np.ndarray, shares: np.ndarray) -> None:
    """InputError unless every class (and group) can be where it must."""
    one_thing, things = data.noun.unit, data.noun.units
    if not len(data):
        raise InputError(
            f"the data hold no {things}; expected some to learn from. Look at the "
            f"{data.noun.place}, or name another."
        )
    if not len(free):
        raise InputError(
            f"all {len(data)} {things} stand in the data's own {_parts_in_words(shares == 0)}; "
            "expected some to train "
            "on. Put them into a train part, or name their "
            f"{data.noun.place} as DATA."
        )
    carved = shares > 0
    for_test = f", or give the test {things} apart with --test" if carved[TEST] else ""
    if data.groups is not None and carved.sum() > 1:
        n_groups = len({data.groups[row] for row in free})
        if n_groups < carved.sum():
            raise InputError(
                f"{n_groups} group{'s' * (n_groups > 1)} cannot be split; expected at least "
                f"{carved.sum()}, "
                f"one each for {_parts_in_words(carved)}. Name finer groups with --group{for_test}."
            )
    task = tasks.of(data.task)
    if not task.IS_COUNTED:
        if data.groups is None and len(free) < carved.sum():
            raise InputError(
                f"{len(free)} {things if len(free) > 1 else one_thing} cannot be split; expected "
                f"at least {carved.sum()}, one each for "
                f"{_parts_in_words(carved)}. Add {things}{for_test}."
            )
        return
    # A rare label may stand in train alone: it says so in the audit, and in its scores.
    needed = 1 if data.groups is not None or not task.IS_EXCLUSIVE else int(carved.sum())
    counts = counts_of(data.targets[free], len(data.class_names))
    short = np.flatnonzero(counts < needed)
    if not len(short):
        return
    expected = f"at least {needed}" + (
        f", one each for {_parts_in_words(carved)}" if needed > 1 else " to train on"
    )
    if len(short) == 1:
        n = int(counts[short[0]])
        have = (f"no {one_thing}", f"a single {one_thing}", f"only {n} {things}")[min(n, 2)]
        received = f"class {data.class_names[short[0]]!r} has {have} to split"
    else:
        named = ", ".join(f"{data.class_names[index]!r} {counts[index]}" for index in short[:5])
        more = f" and {len(short) - 5} more" if len(short) > 5 else ""
        received = f"{len(short)} classes have too few {things} to split ({named}{more})"
    mend = (
        f"Add {things}, remove the class{for_test}."
        if for_test
        else f"Add {things} or remove the class."
    )
    raise InputError(f"{received}; expected {expected}. {mend}")


def _parts_in_words(chosen: np.ndarray) -> str:
    names = [name for name, yes in zip(PARTS, chosen, strict=True) if yes]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
