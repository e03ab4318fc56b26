"""What does a notebook show of data, findings, runs and scores, and how do values print?"""

from __future__ import annotations

import dataclasses
import re
import sys
import types

import numpy as np
import pytest
from PIL import Image

import receta
from receta.core.errors import InputError
from receta.core.finding import Finding, Findings
from receta.core.progress import Unasked
from receta.evaluation import scores
from receta.evaluation.predicting import Predictions
from receta.report import notebook
from receta.tasks._value_scores import value_scores


@pytest.fixture(scope="module")
def digits():
    return receta.load("digits")


def assert_static(html: str) -> None:
    assert len(html) <= notebook.MOST_BYTES
    assert not re.search(r"<script|javascript:| on[a-z]+=", html)


def test_data_print_in_one_line_and_draw_pictures_of_every_class(digits):
    assert repr(digits) == "Dataset(1,797 pictures, 10 classes; digits(1797 pictures, 10 classes))"
    html = digits._repr_html_()
    assert_static(html)
    assert html.count("<img") == 20
    assert "<td" in html
    assert "183" in html  # pictures of a three


def test_parts_print_their_sizes_and_draw_a_table_by_class(digits):
    parts = receta.split(digits, receta.Recipe())
    assert repr(parts) == "Splits(train 1,257, validation 270, test 270)"
    assert_static(parts._repr_html_())
    assert "<th" in parts._repr_html_()


def test_findings_name_what_needs_a_look_and_fold_what_passed():
    found = Findings(
        [
            Finding("leak", "fail", 3, "images", "0", ids=("<b>x</b>",)),
            Finding("imbalance", "ok", 1, "ratio", "<= 10"),
        ]
    )
    assert repr(found) == "Findings(2: 1 fail, 0 warn, 1 ok)\n  fail  leak: 3 images; expected 0."
    html = found._repr_html_()
    assert_static(html)
    assert "<summary>1 passed</summary>" in html


def test_findings_and_rungs_are_frames_where_pandas_is():
    pytest.importorskip("pandas")
    frame = Findings([Finding("leak", "fail", 3, "images", "0")]).frame()
    assert frame.loc[0, "verdict"] == "fail"


def test_names_cannot_bring_markup_into_a_notebook():
    judged = scores(
        np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]), ("<img src=x onerror=alert(1)>", "b")
    )
    html = judged._repr_html_()
    assert "<img" not in html
    assert repr(judged).startswith("Scores(100.0% right on 2; 95 % interval ")


def test_data_whose_files_are_gone_still_show_their_text(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for n in range(3):
            Image.fromarray(np.full((8, 8), 40 * n, np.uint8)).save(tmp_path / name / f"{n}.png")
    data = receta.load(tmp_path)
    for path in tmp_path.glob("*/*.png"):
        path.unlink()
    assert "6 pictures, 2 classes" in data._repr_html_()


def test_answers_print_a_picture_a_line_and_name_what_cannot_be_read():
    said = Predictions(
        [{"id": "a.jpg", "top": [{"class": "cat", "probability": 0.97}], "sure": False}]
    )
    assert repr(said) == "Predictions(1 picture)\n  a.jpg: cat 97.0% (not sure)"
    assert_static(said._repr_html_())


def test_a_picture_of_no_class_is_told_so_in_the_table_too():
    said = Predictions(
        [
            {
                "id": "a.jpg",
                "top": [{"class": "cat", "probability": 0.382}],
                "sure": False,
                "none": True,
            }
        ]
    )
    html = said._repr_html_()
    assert "none of these (nearest: cat)" in html
    assert "38.2" not in html
    assert "not sure" not in html


def test_notes_of_data_stand_in_lines_of_their_own(digits):
    html = dataclasses.replace(digits, notes=("a was taken for b",))._repr_html_()
    assert "\\n" not in html
    assert html.count("a was taken for b") == 1


def test_a_name_for_pixels_is_answered_with_the_call_that_takes_names(tmp_path):
    from receta.core.predictor import refuse_names

    with pytest.raises(InputError, match=r"receta\.predict\(model, 'new\.jpg'\)"):
        refuse_names("new.jpg")
    refuse_names(np.zeros((1, 8, 8, 1), np.uint8))


def test_progress_goes_into_the_cell_that_runs_and_is_silent_elsewhere(monkeypatch):
    shown: list[str] = []

    class Handle:
        def update(self, html: str) -> None:
            shown[-1] = html

    def display(html: str, display_id: bool) -> Handle:
        shown.append(html)
        return Handle()

    shell = types.SimpleNamespace(kernel=object(), execution_count=1)
    fake = types.SimpleNamespace(
        get_ipython=lambda: shell, display=types.SimpleNamespace(HTML=str, display=display)
    )
    progress = Unasked()
    progress.say("nobody hears this")
    monkeypatch.setitem(sys.modules, "IPython", fake)
    progress.say("first <cell>")
    with progress.bar("training", 2) as bar:
        bar.advance()
    progress.say("then")
    assert len(shown) == 1
    assert "first &lt;cell&gt;" in shown[0]
    assert "then" in shown[0]
    shell.execution_count = 2
    progress.say("another")
    assert len(shown) == 2


def test_rows_and_values_are_shown_in_their_own_words(tmp_path):
    path = tmp_path / "rooms.csv"
    path.write_text("size,price\n" + "".join(f"{n},{3 * n + 0.5}\n" for n in range(1, 41)))
    data = receta.load(path, target="price", task="values")
    html = data._repr_html_()
    assert "the first 8 rows" in html
    assert "<td" in html
    assert "24.5" in html  # the target of the eighth row
    assert "least target" in receta.split(data, receta.Recipe())._repr_html_()
    odd = Findings([Finding("outlier", "warn", 1, "rows", "0", "column 'size'")])
    assert "Do all rows look like they belong?" in odd._repr_html_()
    judged = value_scores(np.array([[1.0], [3.0]]), np.array([[1.0], [5.0]]))
    assert "root mean square error" in judged._repr_html_()
