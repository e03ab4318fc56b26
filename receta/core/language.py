"""In which language do people read what receta says?

All rooms write English, and so do JSON, logs and files. Where a text meets a person (the
terminal, a page), `said` looks it up in languages/LANGUAGE.json: English sentence -> the same
one, with a {placeholder} where a value stands. A sentence that is not there stays English;
none is translated by half. No work depends on what is found here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from receta.core.errors import RecetaError

HERE = Path(__file__).parent / "languages"
ENGLISH = "en"
# {value} is copied; {value!} must be known to the language too, {value?} may be.
_PLACE = re.compile(r"\{(\w+)([!?]?)\}")
_END = re.compile(r"(?<=[.!?…]) +|\n+")  # of a sentence, or a line
_VARIABLES = ("RECETA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts
_VALUE = "(?:(?!\\. [A-Z`\U000f0000-\U000ffffd]).)+?"  # no sentence ends in it
_KINDS = {"n": r"[\d,]+", "x": r"[-−]?\d[\d.,]*(?:e[-+]\d+| × 10[⁰-⁹⁻¹²³]+)?(?: ?%)?",
          "m": "[\U000f0000-\U000ffffd]", "check": r"\w+"}  # fmt: skip

_LONGEST = 2_000  # letters of a text that is looked up; none of ours is longer

_asked: list[str] = []  # what `choose` was given last, if anything


def languages() -> list[str]:
    """Codes of the languages there are: English, and one for each file beside.

    >>> languages()
    ['en', 'es']
    """
    return [ENGLISH, *sorted(path.stem for path in HERE.glob("*.json"))]


def choose(name: str | None) -> None:
    """Speak this language from now on; None: that of the environment. RecetaError if it is none."""
    if name is not None and name not in languages():
        known = ", ".join(languages())
        raise RecetaError(
            f"--lang {name} is no language that receta speaks; expected one of {known}."
        )
    _asked[:] = [] if name is None else [name]


def language(environ: Mapping[str, str] = os.environ) -> str:
    """Code of the language that is spoken: what was chosen, else the environment's, else English.

    >>> (
    ...     language({"LANG": "es_MX.UTF-8"}),
    ...     language({"LANG": "xx"}),
    ...     language({"LC_ALL": "C", "LANG": "es_ES"}),
    ... )
    ('es', 'en', 'en')
    """
    if _asked:
        return _asked[0]
    wanted = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    code = re.split(r"[_.@-]", wanted)[0].lower()
    return code if code in languages() else ENGLISH


def said(text: str, spoken: str | None = None) -> str:
    """English text in the language that is spoken; sentences that are not known stay.

    >>> said("Now:", "es"), said("Quite unknown.", "es")
    ('Ahora:', 'Quite unknown.')
    """
    spoken = spoken or language()
    known = spoken != ENGLISH and text.strip() and len(text) <= _LONGEST
    return _said(text, spoken) if known else text


@lru_cache(maxsize=4096)
def _said(text: str, spoken: str) -> str:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    body = text[start:end]
    found = _whole(body, spoken)
    if found is None:
        found = "".join(_by_sentence(body, spoken))
    return f"{text[:start]}{found}{text[end:]}"


def _by_sentence(text: str, spoken: str) -> Iterator[str]:
    """Piece by piece: as many sentences as one template knows, or one of them as it is."""
    while text:
        ends = list(_END.finditer(text))
        for end in reversed(ends):
            found = _whole(text[: end.start()], spoken)
            if found is not None:
                yield found + end[0]
                text = text[end.end() :]
                break
        else:
            first = ends[0].end() if ends else len(text)
            whole = None if ends else _whole(text, spoken)
            yield text[:first] if whole is None else whole
            text = text[first:]


def _whole(text: str, spoken: str) -> str | None:
    """The text by one template; None where there is none."""
    # Of equal length, so that places in it fit.
    plain = text.replace("\u202f", " ").replace("\xa0", " ")
    exact = _catalogue(spoken)[0]
    if plain in exact:
        return exact[plain]
    for template in _likely(plain[:3], plain[-3:], spoken):
        found = template.fill(text, plain, spoken)
        if found is not None:
            return found
    return None


class _Template:
    """One English sentence with places for values, and how the language says it."""

    def __init__(self, english: str, translated: str) -> None:
        self.english, self.translated = english, translated
        self.pieces = _PLACE.split(english)[::3]

    def fill(self, text: str, plain: str, spoken: str) -> str | None:
        """The translation with the values of `text`; None where it is another sentence."""
        if not (
            plain.startswith(self.pieces[0])
            and plain.endswith(self.pieces[-1])
            and all(piece in plain for piece in self.pieces)
        ):
            return None
        found = _pattern(self.english).fullmatch(plain)
        if found is None:
            return None
        values = {name: text[found.start(name) : found.end(name)] for name in found.groupdict()}
        for name, also in _PLACE.findall(self.english):
            if also and re.search(r"[^\W\d_]{2}", values[name]):
                known = _whole(values[name], spoken)
                if known is None and also == "!":
                    return None
                values[name] = known or values[name]
        return _PLACE.sub(lambda place: values[place[1]], self.translated)


@cache
def _pattern(english: str) -> re.Pattern[str]:
    """What a template matches, by the names of its places: see _KINDS."""
    parts, named = _PLACE.split(english), set()
    shape = re.escape(parts[0])
    for name, also, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        kind = _KINDS.get(name.rstrip("0123456789"), _VALUE)
        value = ".+?" if also else kind
        shape += (rf"(?P={name})" if name in named else rf"(?P<{name}>{value})") + re.escape(
            literal
        )
        named.add(name)
    return re.compile(shape, re.DOTALL)


@lru_cache(maxsize=4096)
def _likely(first: str, last: str, spoken: str) -> list[_Template]:
    """Templates of sentences that may begin and end with these letters, in their order."""
    return [
        one
        for one in _catalogue(spoken)[1]
        if first.startswith(one.pieces[0][:3]) and last.endswith(one.pieces[-1][-3:])
    ]


@cache
def _catalogue(spoken: str) -> tuple[dict[str, str], list[_Template]]:
    """Sentences without values, and those with; what says most by itself comes first."""
    known = read(spoken)
    exact = {
        english: translated for english, translated in known.items() if not _PLACE.search(english)
    }
    templates = [
        _Template(english, translated)
        for english, translated in known.items()
        if english not in exact
    ]
    return exact, sorted(templates, key=lambda one: -len("".join(one.pieces)))


def read(spoken: str) -> dict[str, str]:
    """The catalogue of one language: English -> translated, with placeholders in braces."""
    plain = json.loads((HERE / f"{spoken}.json").read_text("utf-8"))
    return {english: translated for part in plain.values() for english, translated in part.items()}
