"""How does advice name a command so that it can be pasted as it stands?

Audits advise `receta clean --fix NAME`, for they know no place. Whoever knows the place fills it
in: DATA as the user named it, quoted for a shell, with the options it was read by.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

_FIX = re.compile(r"`?receta clean --fix ([\w=,]+)`?")
_DATA = re.compile(r"(?<=receta )(\w+) DATA\b")


def name_place(data: str, options: Mapping[str, object]) -> str:
    """DATA and the options it was read by, as a shell takes them.

    >>> name_place(
    ...     "mis fotos/Ropa",
    ...     {"bad_rows": "quarantine", "shape": (28, 28), "allow_private": True},
    ... )
    "'mis fotos/Ropa' --bad-rows quarantine --shape 28x28 --allow-private"
    """
    words = [data]
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif isinstance(value, tuple | list) and all(isinstance(one, str) for one in value):
            words += [word for one in value for word in (option, one)]
        elif isinstance(value, tuple | list):
            words += [option, "x".join(map(str, value))]
        else:
            words += [option, str(value)]
    return shlex.join(words)


def fill_place(text: str, place: str) -> str:
    """Advice whose commands name the place; unchanged where no place is known.

    >>> fill_place("Leave them out (receta clean --fix dark).", "'my photos'")
    "Leave them out (`receta clean 'my photos' --fix dark --out 'my photos-clean'`)."
    """
    if not place:
        return text
    out = shlex.quote(f"{_stem(place)}-clean")
    text = _FIX.sub(lambda found: f"`receta clean {place} --fix {found[1]} --out {out}`", text)
    return _DATA.sub(lambda found: f"{found[1]} {place}", text)


def _stem(place: str) -> str:
    """The data's own name without folders, suffix and what a name such as keras:mnist begins
    with.
    """
    name = Path(shlex.split(place)[0]).name or "data"
    return name.split(".")[0].replace(":", "-") or "data"
