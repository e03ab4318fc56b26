"""Is the page of a run in the language that is spoken, whole, and otherwise the same?"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from report import report_facts
from sentences import ANY, of_files

import receta
from receta.core import language
from receta.report.page import render_page
from receta.report.translated import in_language

HERE = Path(receta.__file__).parent
WRITERS = [
    *HERE.glob("report/**/*.py"),
    *HERE.glob("report/*.jinja"),
    HERE / "evaluation" / "usefulness.py",
    HERE / "cli" / "printing" / "result.py",
]
FACTS = {
    "digits": report_facts.digits_facts,
    "photos": report_facts.photo_facts,
    "many": report_facts.many_facts,
    "minimal": report_facts.minimal_facts,
}


@pytest.fixture
def spanish():
    language.choose("es")
    yield
    language.choose(None)


@pytest.fixture(scope="module")
def english_words() -> set[str]:
    """Stretches of four words or more that the report and the last screen can say."""
    stretches = (
        stretch.strip(" .,;:()") for text in of_files(WRITERS) for stretch in text.split(ANY)
    )
    return {
        one for one in stretches if len(one.split()) > 3 and re.fullmatch(r"[\w ,.;:'()-]+", one)
    }


def words_of(page: str) -> str:
    """What people read of a page: no code, no names."""
    page = page.replace('<h1 id="h-verdict"><bdi>', '<h1 id="h-verdict">')
    page = re.sub(r"<(style|script|pre|code|bdi)\b.*?</\1>", "", page, flags=re.DOTALL)
    named = " | ".join(re.findall(r' (?:title|alt|aria-label)="([^"]*)"', page))
    return re.sub(
        r"\s+",
        " ",
        html.unescape(re.sub(r"</?(?:strong|a|span|b|small)\b[^>]*>", "", page) + named),
    ).replace("\u202f", " ")


@pytest.mark.parametrize("name", FACTS)
def test_a_spanish_report_holds_no_english_sentence(
    name: str, english_words: set[str], spanish: None
) -> None:
    said = words_of(render_page(FACTS[name]()))
    assert [one for one in english_words if one in said] == []


@pytest.mark.parametrize("name", [*FACTS, "hostile"])
def test_a_spanish_report_has_the_same_markup_names_and_numbers(name: str) -> None:
    made = (FACTS | {"hostile": report_facts.hostile_facts})[name]
    english = render_page(made())
    translated = in_language(english, "es")
    assert '<html lang="es">' in translated
    tag = re.compile(r"<[a-zA-Z/!][^<>]*?(?=[\s>])")
    assert tag.findall(translated) == tag.findall(english)
    ours = (
        r'<h1.*?</h1>|<figure class="versus card">.*?</figure>|<span '
        r'class="where">.*?</span>|<dl class="bars">.*?</dl>'
    )
    names = [
        re.findall(r"<bdi>.*?</bdi>", re.sub(ours, "", page, flags=re.DOTALL))
        for page in (translated, english)
    ]
    assert names[0] == names[1]
    for kept in (
        r"<code[^>]*>.*?</code>",
        r"<script>.*?</script>",
        r'href="[^"]*"',
        r'style="[^"]*"',
    ):
        assert re.findall(kept, translated, re.DOTALL) == re.findall(kept, english, re.DOTALL)
    assert sorted(re.findall(r"\d[\d.,]*\d", words_of(translated))) == sorted(
        re.findall(r"\d[\d.,]*\d", words_of(english))
    )


def test_an_english_report_is_what_it_was() -> None:
    english = render_page(report_facts.digits_facts())
    assert in_language(english, "en") is english
    assert '<html lang="en">' in english


def test_names_that_are_words_of_the_page_are_not_translated() -> None:
    text = (
        "<p>An audit of <bdi>Training</bdi></p><li><code>passed</code> and <code>test</code></li>"
    )
    assert (
        in_language(text, "es")
        == "<p>Una revisión de <bdi>Training</bdi></p><li><code>passed</code> y "
        "<code>test</code></li>"
    )


def test_what_stands_in_markup_is_written_as_markup_again() -> None:
    text = '<p title="a &lt;b&gt;, labelled &quot;x&quot;">Made by <code>a &amp; b</code></p>'
    assert in_language(text, "es") == (
        '<p title="a &lt;b&gt;, con la etiqueta &quot;x&quot;">Hecha con <code>a &amp; b</code></p>'
    )


@pytest.mark.parametrize(
    "letter", ["\U000f0000", "\U000ffffd", "\U00100000", "\U0010fffd\U000f0001"]
)
def test_letters_for_private_use_in_a_name_stay_and_change_nothing_else(letter: str) -> None:
    text = (
        f"<p>Made by <code>a{letter}</code> and <bdi>{letter}b</bdi></p>"
        f'<p>No example was left <b>out</b>.</p><p title="{letter}">{letter}</p>'
    )
    found = in_language(text, "es")
    assert found == (
        f"<p>Hecha con <code>a{letter}</code> and <bdi>{letter}b</bdi></p><p>No quedó "
        "<b>fuera</b> ningún ejemplo.</p>"
        f'<p title="{letter}">{letter}</p>'
    )


def test_lines_of_a_look_and_a_report_that_a_reader_saw_in_english_are_spanish() -> None:
    said = {
        "180 pictures of 3 classes; split: test as the data's own parts say; the rest stratified "
        "by class, 15 % validation, seed 0.": "180 imágenes de 3 clases; reparto: la prueba, "
        "según las partes propias de los datos; el resto, "
        "estratificado por clase, "
        "15 % validación, semilla 0.",
        "height alone: balanced accuracy 73%, by chance 33%": "solo con la altura: acierto "
        "equilibrado 73%, por azar 33%",
        "labels: 'my hand' is 25% of train and 40% of test; Cramer's V 0.25": "etiquetas: 'my "
        "hand' es el 25% "
        "de train y el 40% "
        "de test; V de "
        "Cramér 0.25",
        "1 folder without a picture: 'leer' (empty)": "1 carpeta sin imágenes: 'leer' (vacía)",
    }
    assert {english: language.translate(english, "es") for english in said} == said


@pytest.mark.slow  # trains for some seconds, once for all tests that use this run
def test_the_report_and_the_last_screen_of_a_real_run_are_spanish(
    digits_run, english_words, spanish, capsys
) -> None:
    from receta.cli.printing.result import show_result

    show_result(
        json.loads((digits_run.folder / "result.json").read_text("utf-8")),
        digits_run.folder,
        60.0,
        verbose=True,
    )
    screen = capsys.readouterr().out
    assert "Ahora:" in screen
    assert "informe: " in screen
    report = in_language((digits_run.folder / "report.html").read_text("utf-8"))
    said = words_of(report) + screen
    assert [one for one in english_words if one in said] == []
    # Words that stand in most English sentences and in no Spanish one.
    assert re.findall(r"[^|<>]* (?:the|with|was|were|that|which) [^|<>]*", said) == []
