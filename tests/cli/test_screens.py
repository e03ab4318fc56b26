"""Does the last screen say in plain words what was found?"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from receta.cli.printing.answers import tell_answers
from receta.cli.printing.bundles import show_next_of
from receta.cli.printing.findings import show_all_findings, show_findings
from receta.cli.printing.result import _show_concerns, show_result
from receta.core.errors import RecetaError
from receta.core.finding import Finding
from receta.data.dataset import Quarantined
from receta.data.nouns import NOUNS
from receta.evaluation.usefulness import judge_usefulness

SHORTCUT = Finding(
    "shortcut",
    "warn",
    0.675,
    "kappa",
    "<= 0.3 of the way",
    where="width alone: balanced accuracy 76%, by chance 25%",
    ids=("a/1.jpg",),
    advice="Crop all classes alike.",
)
RUNG = Finding("beats_prior", "warn", 0.01, "nats", ">= 0.02", where="cnn", advice="Train longer.")


def test_an_audit_is_told_by_what_it_saw_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    show_findings([SHORTCUT], ids=False)
    assert capsys.readouterr().out == (
        "WARN  shortcut: width alone: balanced accuracy 76%, by chance 25%. Crop all classes "
        "alike.\n"
    )


def test_figures_and_examples_are_told_to_who_asks_for_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_findings([SHORTCUT])
    shown = capsys.readouterr().out
    assert "0.675 kappa; expected <= 0.3 of the way." in shown
    assert "a/1.jpg" in shown


def test_a_check_of_a_model_keeps_its_figure_for_nothing_else_says_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_findings([RUNG], ids=False)
    assert (
        capsys.readouterr().out
        == "WARN  beats_prior (cnn): 0.01 nats; expected >= 0.02. Train longer.\n"
    )


@pytest.mark.parametrize(("verbose", "told"), [(False, False), (True, True)])
def test_what_the_run_has_seen_to_itself_is_told_to_experts_only(
    verbose: bool, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    flip = Finding(
        "keeps_labels", "warn", -0.8, "points", "no loss", where="cnn: flip", mended=True
    )
    result = {
        "rungs": [{"rung": "cnn"}],
        "best": {"rung": "cnn"},
        "findings": [flip.to_json(), SHORTCUT.to_json()],
    }
    _show_concerns(result, verbose=verbose)
    shown = capsys.readouterr().out
    assert ("keeps_labels" in shown) is told
    assert "shortcut" in shown
    assert "more in the report" not in shown


def test_an_audit_ends_with_how_many_need_a_look(capsys: pytest.CaptureFixture[str]) -> None:
    sound = Finding("duplicate", "ok", 0, "images", "0")
    unjudged = Finding("drift", "ok", 0, "images", "0", judged=False)
    for findings, said in (
        ([SHORTCUT, sound, unjudged], "1 of 2 need a look; 1 could not be judged."),
        ([SHORTCUT, sound], "1 of 2 need a look."),
        ([sound, unjudged], "Nothing needs a look; 1 could not be judged."),
        ([sound], "Nothing needs a look."),
    ):
        show_all_findings(findings)
        assert capsys.readouterr().out.splitlines()[-1] == said


def test_many_pictures_are_told_a_line_each_with_a_count_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(name: str, kind: str, share: float, **more: bool) -> dict[str, Any]:
        return {"id": name, "top": [{"class": kind, "probability": share}], "sure": True, **more}

    answers = [
        answer("a.jpg", "cat", 1.0),
        answer("bb.jpg", "dog", 0.6, sure=False),
        answer("c.jpg", "dog", 0.9, none=True),
        *(answer(f"{n}.jpg", "cat", 0.8) for n in range(3)),
    ]
    assert tell_answers(answers, [], False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "a.jpg    cat   > 99.9 %   (sure)",
        "bb.jpg   dog   60.0 %   (not sure)",
        "c.jpg    none of these (nearest: dog)",
    ]
    assert lines[-1] == "6 pictures: cat 4, dog 1, none of these 1; not sure: 1"
    assert len(lines) == 7
    tell_answers(answers[:1], [], False)
    assert capsys.readouterr().out == "a.jpg\n  > 99.9 %  cat\n"


def test_one_picture_that_cannot_be_read_is_told_by_its_name() -> None:
    with pytest.raises(
        RecetaError,
        match=r"^a\.jpg cannot be read: truncated; expected a picture\. Name another\.$",
    ):
        tell_answers([], [Quarantined("a.jpg", "truncated")], False)


def test_rows_are_counted_from_1_in_words_and_from_0_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = {"top": [{"class": "0", "probability": 0.612}], "sure": True}
    answers = [{"id": "0", **said}, {"id": "new.csv:2", **said}]
    spoilt = [Quarantined("1", "its cell 'old' in 'age' is no number")]
    assert tell_answers(answers, spoilt, False, NOUNS["table"]) == 2
    told = capsys.readouterr()
    assert told.out == "row 1\n    61.2 %  0\nnew.csv: row 3\n    61.2 %  0\n"
    assert "1 of 3 rows cannot be read (first: row 2: its cell 'old' in 'age'" in told.err
    tell_answers(answers, spoilt, True, NOUNS["table"])
    assert '"id": "0"' in capsys.readouterr().out


def test_an_export_ends_with_what_can_be_done_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bundles: list[Any] = [
        SimpleNamespace(name=name, folder=tmp_path / "my run" / name, takes_pictures=True)
        for name in ("onnx", "web")
    ]
    show_next_of(bundles)
    shown = capsys.readouterr().out
    for command in (
        "receta predict 'my run/onnx' PICTURE",
        "receta serve 'my run/onnx'",
        "python3 -m http.server --bind 127.0.0.1 -d 'my run/web'",
    ):
        assert f"  {command} " in shown
    show_next_of([SimpleNamespace(name="c_array", folder=tmp_path)])  # type: ignore[list-item]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("before", "said"), [(False, "took 28 s"), (True, "it took 28 s then; nothing was done now")]
)
def test_a_finished_run_says_the_seconds_of_then(
    before: bool, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = {
        "data": {},
        "best": None,
        "rungs": [],
        "findings": [],
        "quarantined": [],
        "test": None,
        "seconds": 28.0,
    }
    show_result(result, tmp_path, 0, verbose=False, before=before)
    assert said in capsys.readouterr().out.splitlines()


def test_a_judgement_that_cannot_be_made_names_the_way_out() -> None:
    why = judge_usefulness(
        {"accuracy": 1.0, "interval": [0.8, 1.0], "n": 18, "baselines": {"prior": 0.5}}
    ).why
    assert "Add photos, set a larger `--set test_share=…`, or give others with `--test`." in why


def test_a_command_that_was_told_is_not_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    from receta.cli.printing.findings import show_findings

    advice = "Fill it (`receta clean rows.csv --fix missing --out rows-clean`)."
    holes = [
        Finding("missing", "warn", 0.1, "share", "<= 0", f"column {name!r}", advice=advice)
        for name in "ab"
    ]
    show_findings(holes)
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("--fix missing") == 1
    assert said.endswith("Fill it (as above).")
