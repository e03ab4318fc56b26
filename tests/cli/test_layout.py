"""Does everything fit a terminal, with no word, name, path or command cut?"""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

from receta.cli.app import app
from receta.cli.printing.layout import lay_out, letters, wrap_words
from receta.cli.verbs import SHELF


def _help_of(verb: str, capsys: pytest.CaptureFixture[str]) -> str:
    get_command(app)([*([verb] if verb else []), "--help"], "receta", standalone_mode=False)
    return capsys.readouterr().out


def _table(heads: tuple[str, ...], *rows: tuple[str, ...], width: int) -> list[str]:
    return lay_out(heads, rows, [False] * len(heads), width, lambda text: text)


def test_words_are_wrapped_between_words_and_what_is_copied_stays_whole() -> None:
    text = (
        "Leave them out (`receta clean 'mis fotos/Ropa' --fix dark --out tidy`), or look at "
        "'mis fotos/Ropa/una foto.jpg' again."
    )
    lines = wrap_words(text, 40).split("\n")
    assert "(`receta clean 'mis fotos/Ropa' --fix dark --out tidy`)," in lines
    assert any("'mis fotos/Ropa/una foto.jpg'" in line for line in lines)
    assert " ".join(lines) == text
    assert all(letters(line) <= 40 or line.startswith("(`") for line in lines)


def test_a_command_after_a_colon_is_not_broken() -> None:
    command = "receta run 'mis fotos' --set learning_rate=auto --budget 90s"
    assert wrap_words(f"Or let each rung find its own: {command}", 40).split("\n")[-1] == command
    assert (
        wrap_words("It is not installed. Run: pip install 'receta[photos]'", 30).split("\n")[-1]
        == "pip install 'receta[photos]'"
    )


def test_a_command_that_has_room_only_without_the_indent_stands_without() -> None:
    command = "(`receta clean photos --fix dark`)."
    assert (
        wrap_words(f"WARN  dark: leave it out {command}", len(command) + 1, "      ").split("\n")[
            -1
        ]
        == command
    )
    assert (
        wrap_words(f"WARN  dark: leave it out {command}", len(command) + 9, "      ").split("\n")[
            -1
        ]
        == f"      {command}"
    )


def test_a_path_stays_behind_its_label() -> None:
    assert wrap_words(f"report: {'x' * 40}/report.html and more", 20).split("\n") == [
        f"report: {'x' * 40}/report.html",
        "and more",
    ]


def test_what_fits_is_left_as_it_is() -> None:
    assert wrap_words("left out:      1  example", 80) == "left out:      1  example"
    assert wrap_words("one\ntwo three four", 10) == "one\ntwo three\nfour"


def test_a_table_that_fits_has_columns() -> None:
    assert _table(("class", "n"), ("sombrero (gorra)", "120"), ("Pantalón", "7"), width=40) == [
        "class             n",
        "sombrero (gorra)  120",
        "Pantalón          7",
    ]


def test_a_column_of_words_is_wrapped_where_the_table_is_too_wide() -> None:
    lines = _table(
        ("name", "about"),
        ("prior", "the class shares of the training part; what every other has to beat"),
        width=40,
    )
    assert lines == [
        "name   about",
        "prior  the class shares of the training",
        "       part; what every other has to",
        "       beat",
    ]


def test_a_row_of_many_long_cells_becomes_a_block_and_no_cell_is_cut() -> None:
    row = (
        "runs/Ropa-08325e36",
        "Ropa",
        "2026-11-30 08:22",
        "finished",
        "pretrained:EfficientNetLite0",
        "",
    )
    lines = _table(("run", "data", "begun", "state", "best", "right"), row, width=60)
    assert lines == [
        "runs/Ropa-08325e36",
        "  data Ropa   begun 2026-11-30 08:22   state finished",
        "  best pretrained:EfficientNetLite0",
    ]


def test_an_emoji_takes_two_places() -> None:
    assert _table(("class", "n"), ("😀", "1"), ("abcd", "2"), width=40) == [
        "class  n",
        "😀     1",
        "abcd   2",
    ]


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("verb", ["", *SHELF.names()])
def test_help_fits_and_nothing_in_it_is_cut_short(
    verb: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = _help_of(verb, capsys)
    assert "…" not in shown
    assert not re.search(r"\.\.\.$", shown.split("\n\n", 1)[1], re.MULTILINE), shown
    examples = SHELF.module(verb).EXAMPLES if verb else (("receta run photos/", ""),)
    for command, _ in examples:
        assert command in shown, "an example stands in one line, to be pasted"


def test_help_of_run_has_what_photos_need_before_tables_and_series(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = _help_of("run", capsys)
    places = [
        shown.index(f"{words} ")
        for words in ("--out", "--budget", "--test", "--recipe", "--label", "--target", "  receta")
    ]
    assert places == sorted(places)
