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
from functools import cache, cached_property, lru_cache
from pathlib import Path

from receta.core.errors import RecetaError
from receta.core.printable import cut

HERE = Path(__file__).parent / "languages"
ENGLISH = "en"
# {value} is copied; {value!} must be known to the language too, {value?} may be.
_PLACE = re.compile(r"\{(\w+)([!?]?)\}")
_END = re.compile(r"(?<=[.!?…]) +|\n+")  # of a sentence, or a line
_VARIABLES = ("RECETA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set counts
_ENDED = re.compile("\\. [A-Z`\U000f0000-\U000ffffd]")  # a sentence, and the next begins
_KINDS = {
    "n": r"[\d,]+",
    "x": r"(?:[<>] )?[-−]?\d[\d.,]*(?:e[-+]\d+| × 10[⁰-⁹⁻¹²³]+)?(?: ?%)?",
    "m": "[\U000f0000-\U000ffffd]",
    "check": r"\w+",
}

_LONGEST = 2_000  # letters of a text that is looked up; none of ours is longer
_MOST_TRIED = 10_000  # templates that are laid on one text; LOG.md
_MOST_JOINED = 24  # sentences that one template may hold
_SHOWN = 60  # letters of a name that is none
_DEEPEST = 4  # values in values

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
        shown = cut(name, _SHOWN)
        raise RecetaError(
            f"--lang {shown} is no language that receta speaks; expected one of {known}."
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


def translate(text: str, spoken: str | None = None) -> str:
    """English text in the language that is spoken; sentences that are not known stay.

    >>> translate("Now:", "es"), translate("Quite unknown.", "es")
    ('Ahora:', 'Quite unknown.')
    """
    spoken = spoken or language()
    known = spoken != ENGLISH and text.strip() and len(text) <= _LONGEST
    return _translate(text, spoken) if known else text


@lru_cache(maxsize=4096)
def _translate(text: str, spoken: str) -> str:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    body, tried = text[start:end], _Tried()
    found = _whole(body, spoken, tried)
    if found is None:
        found = "".join(_by_sentence(body, spoken, tried))
    return f"{text[:start]}{found}{text[end:]}"


class _Tried:
    """How many templates were laid on one text: a stranger's names may look like all of them."""

    def __init__(self) -> None:
        self.n = 0

    def enough(self) -> bool:
        """Count one more; whether the rest stays English."""
        self.n += 1
        return self.n > _MOST_TRIED


def _by_sentence(text: str, spoken: str, tried: _Tried) -> Iterator[str]:
    """Piece by piece: as many sentences as one template knows, or one of them as it is."""
    while text:
        ends = list(_END.finditer(text))[:_MOST_JOINED]
        for end in reversed(ends):
            found = _whole(text[: end.start()], spoken, tried)
            if found is not None:
                yield found + end[0]
                text = text[end.end() :]
                break
        else:
            first = ends[0].end() if ends else len(text)
            whole = None if ends else _whole(text, spoken, tried)
            yield text[:first] if whole is None else whole
            text = text[first:]


def _whole(text: str, spoken: str, tried: _Tried, depth: int = 0) -> str | None:
    """The text by one template; None where there is none. depth: in how many values it stands."""
    # Of equal length, so that places in it fit.
    plain = text.replace("\u202f", " ").replace("\xa0", " ")
    exact = _catalogue(spoken)[0]
    if plain in exact:
        return exact[plain]
    if depth > _DEEPEST:
        return None
    for template in _likely(plain[:3], plain[-3:], spoken):
        if tried.enough():
            return None
        values = template.values(plain)
        if values is None:
            continue
        found = {name: text[start:end] for name, (start, end) in values.items()}
        for name, also in template.also:
            if re.search(r"[^\W\d_]{2}", found[name]):
                known = _whole(found[name], spoken, tried, depth + 1)
                if known is None and also == "!":
                    break
                found[name] = known or found[name]
        else:
            return _PLACE.sub(lambda place: found[place[1]], template.translated)  # noqa: B023
    return None


class _Template:
    """One English sentence with places for values, and how the language says it.

    What is between two values of any words is a chunk. Each chunk is taken where it first
    stands, from left to right, and never sought again: the time grows as the text does.
    """

    def __init__(self, english: str, translated: str) -> None:
        self.english, self.translated = english, translated
        parts = _PLACE.split(english)
        self.pieces = parts[::3]
        self.also = [(name, also) for name, also in _PLACE.findall(english) if also]
        self._free: list[tuple[str, bool]] = []  # (value of any words, whether of one sentence)
        self._chunks = [re.escape(parts[0])]
        for name, also, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            kind = "" if also else _KINDS.get(name.rstrip("0123456789"), "")
            if kind:
                self._chunks[-1] += f"(?P<{name}>{kind})"
            else:
                self._free.append((name, not also))
                self._chunks.append("")
            self._chunks[-1] += re.escape(literal)
        self._chunks[-1] += r"\Z"

    def values(self, plain: str) -> dict[str, tuple[int, int]] | None:
        """Where its values stand in a text; None where that is another sentence.

        >>> _Template("{path} holds {n} files.", "").values("my holds holds 7 files.")
        {'path': (0, 8), 'n': (15, 16)}
        """
        fits = plain.startswith(self.pieces[0]) and plain.endswith(self.pieces[-1])
        if not fits or not all(piece in plain for piece in self.pieces):
            return None
        first, *others = self._patterns
        chunk = first.match(plain)
        found: dict[str, tuple[int, int]] = {}
        for (name, one), pattern in zip(self._free, others, strict=True):
            if chunk is None:
                return None
            found |= {kind: chunk.span(kind) for kind in chunk.groupdict()}
            start = chunk.end()
            chunk = pattern.search(plain, start + 1)
            if chunk is None or chunk.start() <= start:
                return None
            if one and _ENDED.search(plain, start, chunk.start() + 2):
                return None
            found[name] = start, chunk.start()
        if chunk is None:
            return None
        return found | {kind: chunk.span(kind) for kind in chunk.groupdict()}

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(chunk, re.DOTALL) for chunk in self._chunks]


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
