"""How does --help speak another language? Its writer looks each text up before it is wrapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from receta.core import language
from receta.core.language import translate


def drop_language(words: list[str]) -> list[str]:
    """The words of a command line without `--lang LANGUAGE`, which is spoken from now on.

    >>> (
    ...     drop_language(["--lang", "en", "look", "digits"]),
    ...     drop_language(["look", "digits", "--lang=en"]),
    ... )
    (['look', 'digits'], ['look', 'digits'])
    """
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            return [*rest, word, *left]
        if word == "--lang" or word.startswith("--lang="):
            language.choose(word.partition("=")[2] or next(left, ""))
        else:
            rest.append(word)
    return rest


def translate_help(context: type) -> type:
    """A context of Click whose writer of help looks each text up in the language that is spoken."""
    writer = type("Writer", (_TranslatedWriter, context.formatter_class), {})  # type: ignore[attr-defined]
    return type("Context", (context,), {"formatter_class": writer})


class _TranslatedWriter:
    """What stands between Click and its writer of help."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or translate("Usage: "))  # type: ignore[misc]

    def write_heading(self, heading: str) -> None:
        super().write_heading(translate(heading))  # type: ignore[misc]

    def write_text(self, text: str) -> None:
        super().write_text(translate(text))  # type: ignore[misc]

    def write_dl(self, rows: Sequence[tuple[str, str]], *more: Any, **named: Any) -> None:
        translated = [(name, "".join(_translate_row(text))) for name, text in rows]
        super().write_dl(translated, *more, **named)  # type: ignore[misc]


def _translate_row(text: str) -> Iterator[str]:
    """The help of an option, and what Click puts behind it in brackets."""
    words, bracket, facts = text.partition("  [")
    yield translate(words) + bracket
    yield "; ".join(translate(fact.removesuffix("]")) for fact in facts.split("; ")) + "]" * bool(
        bracket
    )
