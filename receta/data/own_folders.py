"""Which folders did receta write itself, such as runs, so that they are no data?"""

from __future__ import annotations

from collections.abc import Callable, Collection

from receta.core.disk import CACHE_SIGNATURE, CACHE_TAG
from receta.core.errors import InputError
from receta.core.outside import parse_json

MOST_MANIFEST = 4 * 2**20


def written_by_receta(names: Collection[str], read: Callable[[str], bytes]) -> str:
    """What of receta's a folder with these files is: "a run", "a bundle" ...; or ''.

    read: the beginning of one of the files. A name alone says nothing: a class may be called runs.
    """
    if CACHE_TAG in names and read(CACHE_TAG).startswith(CACHE_SIGNATURE):
        return "a cache"
    if "recipe.toml" in names and "split.json" in names:
        return "a run"
    for name, what, keys in _MANIFESTS:
        if name not in names:
            continue
        try:
            plain = parse_json(read(name), name, most=MOST_MANIFEST)
        except InputError:
            continue
        if (
            isinstance(plain, dict)
            and plain.keys() >= keys
            and (name != "clean.json" or plain["receta"] == "clean")
        ):
            return what
    return ""


_MANIFESTS = (
    ("run.json", "a run", {"receta", "format"}),
    ("bundle.json", "a bundle", {"receta", "target"}),
    ("clean.json", "cleaned data", {"receta", "schema"}),
    ("clock.json", "a run that was stopped", {"earlier_s", "began"}),
)


MANIFESTS = frozenset(
    {CACHE_TAG, "recipe.toml", "split.json", *(name for name, _, _ in _MANIFESTS)}
)
