"""How are names put in order, made printable and made equal?"""

from __future__ import annotations

import hashlib
import math
import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from receta.core.printable import cut as cut
from receta.core.printable import printable as printable

# Files whose content counts in a stamp: at most so many, of at most so many bytes. Larger ones
# take longer than a tick to read and to write.
_FEW, _SMALL = 16, 64 * 1024
_NUMBER = re.compile(r"([0-9]+)")
_SEPARATORS = re.compile("[\x1c-\x1f]")  # which strip() takes for spaces, and float() does not
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


def natural(name: str) -> tuple[str | tuple[int, str], ...]:
    """Key of an order in which a2 stands before a10, in every language.

    >>> sorted(["a10", "a2", "A"], key=natural)
    ['A', 'a2', 'a10']
    """
    # Between two texts there is always a number, so only like is compared with like.
    parts = _NUMBER.split(name)
    # ends with the name itself: '01' and '1' are different names
    return (*(_number(part) if i % 2 else part for i, part in enumerate(parts)), (-1, ""), name)


def _number(digits: str) -> tuple[int, str]:
    """Key of a whole number of any length: Python refuses to read one of 5,000 digits."""
    digits = digits.lstrip("0")
    return len(digits), digits


def natural_path(path: str) -> tuple[str | tuple[int, str], ...]:
    """Key of the natural order of paths, folder by folder."""
    return natural(path.replace("/", "\x00"))


def unique(names: Sequence[str]) -> list[str]:
    """The names made printable, and still different from each other."""
    shown = [printable(name) for name in names]
    if len(set(shown)) == len(shown):
        return shown
    taken: set[str] = set(names)
    result: list[str] = []
    seen: set[str] = set()
    last: dict[str, int] = {}  # number given to a name last: thousands of equal ones stay linear
    for name, text in zip(names, shown, strict=True):
        candidate = text
        while candidate in seen or (candidate != name and candidate in taken):
            last[text] = last.get(text, 1) + 1
            candidate = f"{text}~{last[text]}"
        seen.add(candidate)
        result.append(candidate)
    return result


def is_number(text: str) -> bool:
    """Whether a text is a plain finite number.

    >>> is_number(" 3.0 "), is_number("nan"), is_number(""), is_number("3" + chr(29))
    (True, False, False, False)
    """
    return (
        _PLAIN.fullmatch(text.strip()) is not None
        and not _SEPARATORS.search(text)
        and math.isfinite(float(text))
    )


def number_name(text: str) -> str:
    """One spelling for equal numbers.

    >>> number_name("3.0"), number_name("03"), number_name("2.50")
    ('3', '3', '2.5')
    """
    try:
        return str(int(text))
    except ValueError:
        value = float(text)
        return str(int(value)) if value.is_integer() else repr(value)


def classes(labels: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
    """Class names in order, and for each label the index of its class.

    Numbers are ordered by value and equal ones are one class; codes such as 007 stay as they are.

    >>> classes(["10", "2.0", "2"]), classes(["007", "012"])
    ((('2', '10'), [1, 0, 0]), (('007', '012'), [0, 1]))
    """
    texts = [label.strip() for label in labels]
    numbers = bool(texts) and all(is_number(text) for text in texts) and not _are_codes(set(texts))
    spelled = [number_name(text) if numbers else printable(text) for text in texts]
    known = set(spelled)
    names = tuple(
        sorted(known, key=lambda text: (float(text), text))
        if numbers
        else sorted(known, key=natural)
    )
    index = {name: i for i, name in enumerate(names)}
    return names, [index[text] for text in spelled]


def _are_codes(texts: set[str]) -> bool:
    """Whether whole numbers are all of one length, and some begin with a zero."""
    lengths = {len(text) for text in texts}
    return (
        len(lengths) == 1
        and lengths != {1}
        and all(map(str.isdecimal, texts))
        and any(text[0] == "0" for text in texts)
    )


def file_stamp(files: Iterable[str], *words: object) -> str:
    """32 hexadecimal digits over paths, sizes and times of files, and words.

    Of a few small files also over what they hold: one can be written anew, as long as before,
    within a tick of the clock that dates files (4 to 10 ms on Linux).
    """
    files = list(files)
    digest = hashlib.blake2b(digest_size=16)
    digest.update("\x1f".join(map(str, words)).encode("utf-8", "surrogateescape"))
    for file in files:
        try:
            status = os.stat(file)
            facts = f"{status.st_size}\x1f{status.st_mtime_ns}"
            if len(files) <= _FEW and status.st_size <= _SMALL and stat.S_ISREG(status.st_mode):
                facts += hashlib.blake2b(Path(file).read_bytes(), digest_size=16).hexdigest()
        except OSError:
            facts = "gone"
        digest.update(f"\x1e{os.path.abspath(file)}\x1f{facts}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def first_few(names: Iterable[str], n: int = 5) -> str:
    """Some names in quotes, and how many more there are; of a very long name its beginning.

    >>> first_few(["a", "b", "c"], 2)
    "'a', 'b' and 1 more"
    """
    every = list(names)
    shown = ", ".join(repr(cut(name)) for name in every[:n])
    return f"{shown} and {len(every) - n} more" if len(every) > n else shown


def tell_aside(names: Sequence[str]) -> tuple[str, ...]:
    """One line about columns that were not used, none where all were.

    >>> tell_aside(["a", "b"])
    ("2 columns left aside: 'a', 'b'",)
    """
    if not names:
        return ()
    return (
        f"{len(names)} column{'s' * (len(names) > 1)} left aside: "
        f"{first_few(map(printable, names), 6)}",
    )
