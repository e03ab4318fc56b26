"""Is what people read in their language, and nothing else changed by it?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sentences import ANY, of_files

import receta
from receta.core import language
from receta.core.errors import RecetaError

HERE = Path(receta.__file__).parent
PLACE = re.compile(r"\{(\w+)([!?]?)\}")
CODES = [code for code in language.languages() if code != "en"]


@pytest.fixture(scope="module")
def spoken_in_code() -> set[str]:
    import typer

    from receta.cli import verbs

    # Words of Click (which Typer brings along) stand in --help and in errors of use.
    names = (
        "core",
        "decorators",
        "exceptions",
        "completion",
        "formatting",
        "parser",
        "_param_types",
    )
    click = [path for path in Path(typer.__file__).parent.rglob("*.py") if path.stem in names]
    sentences = [verbs.describe(name) for name in verbs.SHELF.names()]
    said = [*of_files([*HERE.rglob("*.py"), *HERE.rglob("*.jinja"), *click]), *sentences]
    return {
        re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("&nbsp;", " ")) for text in said
    }


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_of_a_catalogue_is_still_said_by_the_code(
    code: str, spoken_in_code: set[str]
) -> None:
    """A sentence that was changed in the code must be changed in every catalogue: nobody would
    see it any more.

    A page joins some sentences out of parts: each clause must be known, whole or as two or more
    stretches of words, of which one may be a single word.
    """
    whole = "\n".join(spoken_in_code).lower().replace(ANY, "\n")

    def is_covered(words: list[str], singles: int = 1) -> bool:
        ends = [end for end in range(len(words), 0, -1) if " ".join(words[:end]) in whole]
        longest = ends[0] if ends else 0
        if longest == len(words):
            return True
        return longest > 1 - singles and is_covered(words[longest:], singles - (longest == 1))

    clauses = {
        english: re.split(r"[,;:.?()]\s*|\b1\b", PLACE.sub(",", english.lower()))
        for english in language.read(code)
    }
    stale = [
        english
        for english, several in clauses.items()
        if not all(is_covered(clause.split()) for clause in several)
    ]
    assert stale == []


@pytest.mark.parametrize("code", CODES)
def test_a_translation_holds_the_values_of_its_sentence_and_no_other(code: str) -> None:
    for english, translated in language.read(code).items():
        names = sorted(name for name, _ in PLACE.findall(english))
        assert len(set(names)) == len(names), english
        assert sorted(name for name, _ in PLACE.findall(translated)) == names, english
        assert PLACE.sub("", english).strip(" ,.:;()") or not re.search(
            r"\{[^mx}][^}!]*\}", english
        ), english


@pytest.mark.parametrize("code", CODES)
def test_a_sentence_is_translated_by_its_own_template_and_keeps_strange_values(code: str) -> None:
    strange = 'mi "foto" (1).JPG de ñandú, ¿sí?'
    kinds = {"n": "1,234", "x": "81.5\u202f%", "m": "\U000f0000", "check": "leak"}
    for english, translated in language.read(code).items():
        if "!}" in english or "?}" in english:
            continue  # its values are sentences of their own
        values = {
            name: kinds.get(name.rstrip("0123456789"), strange)
            for name, _ in PLACE.findall(english)
        }
        filled = {
            text: PLACE.sub(lambda place, values=values: values[place[1]], text)
            for text in (english, translated)
        }
        assert language.translate(filled[english], code) == filled[translated], english


READ = {
    "cli/*.py": 0.9,
    "cli/verbs/*.py": 0.9,
    "evaluation/usefulness.py": 0.9,
    "sources/*.py": 0.28,  # errors that newcomers meet; docs/languages.md says the shares
    "checks/*.py": 0.85,
    "audits/*.py": 0.65,
    "report/*.py": 0.55,  # the questions of findings stand in checks and audits
}


@pytest.mark.parametrize(("files", "least"), READ.items())
def test_most_of_what_people_read_is_in_spanish(files: str, least: float) -> None:
    """Sentences of four words or more.

    Those that are joined out of parts count as not translated.
    """
    texts = {
        text.removeprefix("receta: ").replace(ANY, "7")
        for text in of_files(HERE.glob(files))
        if "\n" not in text
    }
    spoken = {
        text
        for text in texts
        if len(re.findall("[A-Za-z]{2,}", text)) > 3
        and not re.search(r'="|</|\\|^receta |_[a-z]+_', text)
    }
    known = {text for text in spoken if language.translate(text, "es") != text}
    share = len(known) / len(spoken)
    assert share >= least, (
        f"{share:.0%} of {len(spoken)} sentences of {files} are translated; not: "
        f"{sorted(spoken - known)}"
    )


def test_an_unknown_sentence_and_names_stay_as_they_are() -> None:
    for text in (
        "",
        " ",
        "Camiseta",
        "A sentence that nobody wrote down.",
        "x" * 5000,
        "a; b; c. d? e!",
    ):
        assert language.translate(text, "es") == text


def test_a_known_sentence_among_unknown_ones_is_translated_whole() -> None:
    text = "Nobody knows this. Judge yourself what a mistake costs you. Nor this."
    assert (
        language.translate(text, "es")
        == "Nobody knows this. Juzga tú cuánto te cuesta un error. Nor this."
    )


def test_english_is_what_was_written() -> None:
    text = "Names 81.5 % of new pictures right: promising."
    assert language.translate(text, "en") is text


def test_the_environment_chooses_by_the_usual_order() -> None:
    assert language.language({"RECETA_LANG": "es", "LC_ALL": "C"}) == "es"
    assert language.language({"LC_ALL": "", "LC_MESSAGES": "es_CO.UTF-8", "LANG": "en_GB"}) == "es"
    assert language.language({"LC_ALL": "POSIX", "LANG": "es_ES.UTF-8"}) == "en"
    assert language.language({}) == "en"


def test_a_language_without_a_catalogue_is_refused_by_name_and_ignored_in_the_environment() -> None:
    with pytest.raises(
        RecetaError,
        match=r"^--lang qq is no language that receta speaks; expected one of en, es\.$",
    ):
        language.choose("qq")
    with pytest.raises(RecetaError, match=r"^--lang q{59}… is no language"):
        language.choose("q" * 100_000)
    assert language.language({"LANG": "qq_QQ.UTF-8"}) == "en"


def hostile(template: Any) -> Iterator[str]:
    """Texts of 2,000 letters that begin and end as a sentence does, and say its middle again
    and again.
    """
    middle = "".join(f"ab{piece}" for piece in template.pieces[1:-1])
    for value in ("ab", "7"):
        for end in (f"{value}{template.pieces[-1]}", f"ab. A{template.pieces[-1]}"):
            begin = f"{template.pieces[0]}{value}"
            yield (
                begin
                + ((middle or "ab").replace("ab", value) * 2000)[: 2000 - len(begin) - len(end)]
                + end
            )


@pytest.mark.parametrize("code", CODES)
def test_no_text_of_a_stranger_takes_long(code: str) -> None:
    """A process of its own, for an expression that backtracks cannot be stopped: 4 s for all of
    them, years before.
    """
    texts = [text for template in language._catalogue(code)[1] for text in hostile(template)]
    texts += [
        (one * 2000)[:2000]
        for one in ("a. ", "a.\n", "a: ", "x, and y", "1 to ", "1 of 1 ", "1.1,1")
    ]
    assert len(texts) > 2000
    assert {len(text) for text in texts} == {2000}
    script = (
        f"import json, sys; from receta.core.language import translate; [translate(one, {code!r}) for "
        "one in json.load(sys.stdin)]"
    )
    subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(texts), text=True, timeout=300, check=True
    )


def test_what_looks_like_all_sentences_is_given_up_and_stays_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "Nobody knows this. Now:"
    assert language._translate.__wrapped__(text, "es") == "Nobody knows this. Ahora:"
    value = "{n} of {n2} pictures cannot be read (first: {id}: {reason?}); expected pictures."
    filled = value.format(n=1, n2=2, id="a", **{"reason?": "b"})
    assert language._translate.__wrapped__(filled, "es") != filled
    monkeypatch.setattr(language, "_MOST_TRIED", 0)
    assert language._translate.__wrapped__(filled, "es") == filled


@pytest.mark.parametrize("code", CODES)
def test_between_two_values_of_any_words_stand_words_of_ours(code: str) -> None:
    """Else nobody can say where the one ends."""
    adjacent = [one.english for one in language._catalogue(code)[1] if "" in one._chunks[1:-1]]
    assert adjacent == []


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        (
            "Typically wrong by 23.1; always saying the mean: 244: cannot be judged.",
            "Error típico de 23.1; decir siempre la media: 244: no se puede juzgar.",
        ),
        ("typically wrong by 23.1 (19.2 to 26.4)", "error típico de 23.1 (19.2 a 26.4)"),
        ("prior: typically wrong by 155 on validation", "prior: error típico de 155 en validación"),
    ],
)
def test_what_is_said_of_values_is_known_in_spanish(english: str, spanish: str) -> None:
    assert language.translate(english, "es") == spanish


@pytest.mark.parametrize(
    ("text", "what"),
    [("All is done Then 7", "All is done"), ("All is done. Then 7", None), ("A. B Then 7", None)],
)
def test_a_value_ends_before_the_next_sentence_begins(text: str, what: str | None) -> None:
    values = language._Template("{what} Then {n}", "").values(text)
    assert (values and text[slice(*values["what"])]) == what
