"""How does a finished page come to speak another language?

The page is written in English. Each run of words between two blocks is looked up, with the
markup in it as values, so that a sentence is one even where a part of it is bold. Names and
code (<bdi>, <code>, <pre>, <time>) are nobody's sentence, and stay.
"""

from __future__ import annotations

import html
import re

from receta.core.language import ENGLISH, language, translate

_TOKEN = re.compile(
    r"(<(?P<kept>style|script|pre|code|bdi|time)\b.*?</(?P=kept)>|<!--.*?-->|<(?:[^<>\"]|\"[^\"]*\")*>)",
    re.DOTALL,
)
_INLINE = re.compile(r"</?(?:a|b|strong|em|i|small|span|bdi|code|time|img|wbr|svg|path|circle)\b")
# What people read or hear of a tag.
_SAID = re.compile(r"(?<= )(alt|title|aria-label)=\"([^\"]+)\"")
# Words of ours that stand as names do: headline, places, yardsticks.
_AS_NAMES = re.compile(
    r'(?<=<h1 id="h-verdict">)<bdi>.*?</bdi>|(?<=<span class="where">)<bdi>.*?</bdi>'
    r'|<figure class="versus card">.*?</figure>|<dl class="bars">.*?</dl>',
    re.DOTALL,
)
_NAME = re.compile(r"<bdi>((?:[^<]|<wbr>)*)</bdi>")
_FIRST = 0xF0000  # marks for markup in a sentence: a plane for private use
_PRIVATE = re.compile("[\U000f0000-\U000ffffd\U00100000-\U0010fffd]")  # letters that names may hold
_MARK = re.compile("[\U000f0000-\U000ffffd]")
_MARKS = re.compile(
    "((?:[\U000f0000-\U000ffffd]|\\s)*[\U000f0000-\U000ffffd](?:[\U000f0000-\U000ffffd]|\\s)*)"
)


def in_language(page: str, spoken: str | None = None) -> str:
    """An HTML page in the language that is spoken; itself where that is English.

    >>> in_language('<html lang="en"><p>No example was left <b>out</b>.</p>', "es")
    '<html lang="es"><p>No quedó <b>fuera</b> ningún ejemplo.</p>'
    """
    spoken = spoken or language()
    if spoken == ENGLISH:
        return page
    theirs = set(_PRIVATE.findall(page))
    if len(theirs) > 0xFFFD:
        return page
    stand_ins = {ord(letter): 0x100000 + n for n, letter in enumerate(sorted(theirs))}
    found = _in_language(page.translate(stand_ins), spoken)
    return found.translate({stand_in: letter for letter, stand_in in stand_ins.items()})


def _in_language(page: str, spoken: str) -> str:
    page = _AS_NAMES.sub(
        lambda some: _NAME.sub(lambda name: _say_name(name, spoken), some[0]), page
    )
    out: list[str] = []
    run: list[tuple[bool, str]] = []  # (is markup, text) since the last block began or ended
    for markup, text in _tokens(page):
        if markup and not _INLINE.match(text):
            out += [_say_run(run, spoken), _say_attributes(text, spoken)]
            run = []
        else:
            run.append((markup, _say_attributes(text, spoken) if markup else text))
    return "".join([*out, _say_run(run, spoken)]).replace(
        '<html lang="en">', f'<html lang="{spoken}">', 1
    )


def _tokens(page: str) -> list[tuple[bool, str]]:
    """(is markup, text) in order; an element whose content stays is one piece of markup."""
    found, at = [], 0
    for token in _TOKEN.finditer(page):
        found += [(False, page[at : token.start()]), (True, token[0])]
        at = token.end()
    return [(markup, text) for markup, text in [*found, (False, page[at:])] if text]


def _say_name(name: re.Match[str], spoken: str) -> str:
    """What stands as a name, in the language if it is more than one word."""
    english = html.unescape(name[1].replace("<wbr>", ""))
    found = translate(english, spoken) if " " in english else english
    return name[0] if found == english else f"<bdi>{html.escape(found, quote=False)}</bdi>"


def _say_attributes(tag: str, spoken: str) -> str:
    """One tag, with its words for people in the language; an element that stays, stays."""
    if tag.count("<") > 1:
        return tag
    return _SAID.sub(
        lambda one: f'{one[1]}="{html.escape(translate(html.unescape(one[2]), spoken))}"', tag
    )


def _say_run(run: list[tuple[bool, str]], spoken: str) -> str:
    """Words and the markup in them: as sentences, else each stretch of words by itself."""
    whole = "".join(text for _, text in run)
    if not any(text.strip() for markup, text in run if not markup):
        return whole
    marked, kept = "", list[str]()
    for markup, text in run:
        if markup and (not marked or marked[-1] != chr(_FIRST + len(kept) - 1)):
            marked += chr(_FIRST + len(kept))
            kept.append(text)
        elif markup:
            kept[-1] += text
        else:
            marked += re.sub(r"\s+", " ", html.unescape(text).replace("\u202f", "\0")).replace(
                "\0", "\u202f"
            )
    found = _say_marked(marked, spoken)
    return (
        whole
        if found == marked
        else "".join(
            kept[ord(letter) - _FIRST] if _MARK.match(letter) else html.escape(letter, quote=False)
            for letter in found
        )
    )


def _say_marked(text: str, spoken: str) -> str:
    """Words with marks in them: sentences that hold some in their order, then what is between."""
    found = translate(text, spoken)
    if _MARK.findall(found) != _MARK.findall(text):
        found = text
    return "".join(
        part if at % 2 else translate(part, spoken) for at, part in enumerate(_MARKS.split(found))
    )
