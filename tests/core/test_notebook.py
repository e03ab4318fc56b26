"""Does a bar in a notebook say what is done and how long the rest takes?"""

from __future__ import annotations

import time

import pytest

from receta.core import notebook


def test_a_bar_tells_what_is_done_and_the_time_that_the_rest_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, shown = [100.0], [""]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(notebook, "_display", lambda markup, handle=None: shown.append(markup))
    progress = notebook.NotebookProgress()
    progress.say("one <b>")
    with progress.bar("cnn", 40, "steps") as bar:
        now[0] = 106.0
        bar.advance(10, loss=0.5)
        assert '<progress value="10" max="40">' in shown[-1]
        assert "cnn: 10 of 40 steps, 18 s left, loss 0.5" in shown[-1]
        now[0] = 106.2
        bar.advance()
        assert "cnn: 10 of 40" in shown[-1], "it is drawn four times a second at most"
    assert "progress" not in shown[-1]
    assert "<div>one &lt;b&gt;</div>" in shown[-1]


def test_a_notebook_keeps_the_last_two_hundred_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [""]
    monkeypatch.setattr(notebook, "_display", lambda markup, handle=None: shown.append(markup))
    progress = notebook.NotebookProgress()
    for line in range(201):
        progress.say(f"line {line}.")
    assert shown[-1].count("line ") == 200
    assert "line 0." not in shown[-1]
