"""How is a split written down, and found again?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from receta.core.errors import RunError
from receta.data.dataset import PARTS, Dataset, Splits


def as_json(splits: Splits, how: str) -> dict[str, Any]:
    """Plain dict of a split for split.json: ids by part, and how."""
    return {"how": how, **{name: list(part.ids) for name, part in splits.named().items()}}


def from_json(data: Dataset, plain: Mapping[str, Any]) -> Splits:
    """The split that `as_json` wrote, as views on the data.

    Raises RunError when ids are missing from the data or the record is spoilt.
    """
    one_thing, things = data.noun.unit, data.noun.units
    try:
        wanted = {name: [str(one) for one in plain[name]] for name in PARTS}
    except (KeyError, TypeError) as error:
        raise RunError(
            f"the record of the split lacks a list of ids ({error}); expected train, validation "
            "and test. "
            f"Restore split.json, or choose another folder with --out."
        ) from error
    everything = [one for ids in wanted.values() for one in ids]
    if len(set(everything)) != len(everything):
        raise RunError(
            f"the record of the split names {'an' if one_thing == 'image' else 'a'} {one_thing} "
            "twice; expected each in one part. "
            "Restore split.json, or choose another folder with --out."
        )
    position = {one: index for index, one in enumerate(data.ids)}
    missing = [one for one in everything if one not in position]
    if missing:
        raise RunError(
            f"{len(missing)} of {len(everything)} {things} of the recorded split are missing "
            "from the data "
            f"(first: {missing[0]!r}); expected the data of the first start. Restore them, "
            f"or choose another folder with --out."
        )
    return Splits(*(data.take(sorted(position[one] for one in wanted[name])) for name in PARTS))
