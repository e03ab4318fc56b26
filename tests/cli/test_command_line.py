"""Does the command line keep its word: verbs, exit codes, JSON, terminals, pipes?"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shell import CONTROL, RECETA, Ended, environment, picture, pictures, receta


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, Ended]]:
    """Data, a finished run of them, and how `receta run --json` ended."""
    folder = tmp_path_factory.mktemp("scene")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECETA_CACHE", str(folder / "cache"))
        data = pictures(folder / "d", 12)
        (data / "a" / "bad.png").write_bytes(b"")
        (folder / "r.toml").write_text('rungs = "prior"\n')
        ended = receta(
            "run", data, "--recipe", folder / "r.toml", "--out", folder / "runs" / "one", "--json"
        ).good()
        yield data, folder / "runs" / "one", ended


# Wrong use.

WRONG = {
    "unknown verb": (
        ["lok", "digits"],
        ["No such command 'lok'", "Did you mean 'look'?", "--help`"],
    ),
    "unknown option": (
        ["look", "digits", "--lable", "x"],
        ["No such option: --lable", "--label", "look --help`"],
    ),
    "missing data": (["look"], ["Missing argument 'DATA'", "look --help`"]),
    "missing rung": (["train", "digits"], ["Missing option '--rung'"]),
    "unknown rung": (
        ["train", "digits", "--rung", "cnm"],
        ["rung 'cnm' is unknown; expected one of prior, ", "Did you mean 'cnn'?"],
    ),
    "unknown rung in a setting": (
        ["run", "digits", "--set", "rungs=prior,liner"],
        ["rung 'liner' is unknown", "Did you mean 'linear'?"],
    ),
    "rung named twice": (
        ["split", "digits", "--set", "rungs=prior,prior"],
        ["expected names of rungs, each once"],
    ),
    "unknown setting": (
        ["split", "digits", "--set", "epoch=3"],
        ["epoch=3 is no setting", "Did you mean 'epochs'?"],
    ),
    "setting without value": (
        ["split", "digits", "--set", "epochs"],
        ["--set epochs has no '='", "--set epochs=20"],
    ),
    "value out of bounds": (
        ["split", "digits", "--set", "epochs=0"],
        ["epochs=0 is out of bounds; expected a whole number >= 1 and <= 10000"],
    ),
    "value of another kind": (
        ["split", "digits", "--set", "batch_size=many"],
        ["batch_size=many is out of bounds", "a whole number >= 1"],
    ),
    "no number": (
        ["split", "digits", "--set", "learning_rate=nan"],
        ["learning_rate=nan is out of bounds", ">= 0 and <= 10"],
    ),
    "misspelt choice": (
        ["split", "digits", "--set", "fit=strech"],
        ["expected stretch or crop or pad", "Did you mean 'stretch'?"],
    ),
    "image size": (
        ["split", "digits", "--set", "image_size=3x3x3"],
        ["image_size=3x3x3", "28 or 28x40, 4 to 2048 a side"],
    ),
    "shares": (
        ["split", "digits", "--set", "validation_share=0.5", "--set", "test_share=0.5"],
        ["leave nothing to train on", "Lower one"],
    ),
    "shape of words": (
        ["look", "digits", "--shape", "square"],
        ["--shape square is no shape", "such as 28x28"],
    ),
    "shape of odd digits": (["look", "digits", "--shape", "²x²"], ["--shape ²x² is no shape"]),
    "shape for digits": (
        ["look", "digits", "--shape", "8x8"],
        ["means nothing to digits", "Leave it out"],
    ),
    "budget": (
        ["run", "digits", "--budget", "5x"],
        ["--budget 5x is no time; expected one such as 90s, 5m or 1h"],
    ),
    "budget of nothing": (["run", "digits", "--budget", ""], ["--budget (nothing) is no time"]),
    "picture of another kind": (
        ["rate", "digits", "--out", "rate.xyz"],
        ["--out rate.xyz is no picture that can be written", ".png"],
    ),
    "grid of another kind": (
        ["look", "digits", "--augmented", "v.xyz"],
        ["--augmented v.xyz is no picture that can be written"],
    ),
    "budget of no second": (
        ["run", "digits", "--budget", "1e-300"],
        ["--budget 1e-300 is less than a second; expected one such as 90s"],
    ),
    "setting of no second": (
        ["run", "digits", "--set", "budget_s=0.5"],
        ["budget_s=0.5 is less than a second; expected 0"],
    ),
    "budget that is no number": (["run", "digits", "--budget", "nan"], ["--budget nan is no time"]),
    "budget below zero": (["run", "digits", "--budget", "-5m"], ["--budget -5m is no time"]),
    "bad rows": (
        ["look", "digits", "--bad-rows", "drop"],
        ["bad_rows='drop' is unknown; expected error or quarantine"],
    ),
    "group": (
        ["split", "digits", "--group", "("],
        ["--group '(' is no regular expression", "Mend it"],
    ),
    "recipe that is missing": (
        ["split", "digits", "--recipe", "no.toml"],
        ["recipe no.toml cannot be read (No such file", "--recipe"],
    ),
    "shelf": (["list", "rung"], ["shelf 'rung' is unknown", "Did you mean 'rungs'?"]),
    "top": (
        ["predict", ".", "x.png", "--top", "0"],
        ["Invalid value for '--top'", "greater than or equal to 1"],
    ),
    "no run": (["evaluate", "."], ["is no run folder", "`receta run` made"]),
    "control characters": (["look", "\x1b[31mred\r\x07"], ["?[31mred", "does not exist"]),
    "line feeds": (["look", "two\nlines"], ["two lines does not exist"]),
    "bytes that are no UTF-8": (["look", os.fsdecode(b"\xff")], ["does not exist"]),
    "nothing": (["look", ""], ["'' does not exist"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_one_line(name: str, tmp_path: Path) -> None:
    words, expected = WRONG[name]
    receta(*words, cwd=tmp_path).refused(*expected)
    assert not list(tmp_path.iterdir())


RECIPES = {
    "epochs = [": ["r.toml cannot be read", "expected a TOML file", "Mend it"],
    "epoch = 3": ["epoch=3 is no setting", "Did you mean 'epochs'?"],
    "image_size = 1.5": ["image_size=1.5 is out of bounds"],
    "image_size = []": ["image_size=[] is out of bounds"],
    "image_size = {a = 1}": ["image_size={'a': 1} is out of bounds"],
    "rungs = [1]": ["rungs=[1] is out of bounds"],
    'rungs = ["cnm"]': ["rung 'cnm' is unknown", "Did you mean 'cnn'?"],
    "[epochs]\na = 1": ["epochs={'a': 1} is out of bounds"],
}


@pytest.mark.parametrize("text", RECIPES)
def test_broken_recipe_is_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(text)
    receta("split", "digits", "--recipe", tmp_path / "r.toml").refused(*RECIPES[text])


def test_recipe_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_bytes(b"\xff\xfe")
    receta("split", "digits", "--recipe", tmp_path / "r.toml").refused("r.toml cannot be read")
    receta("split", "digits", "--recipe", tmp_path).refused("cannot be read (Is a directory)")


def test_without_words_the_help_is_shown() -> None:
    ended = receta().good()
    assert "Usage:" in ended.out
    assert "predict" in ended.out
    assert ended.err == ""


def test_the_version_is_told() -> None:
    from receta import __version__

    assert receta("--version").good().out == f"receta {__version__}\n"


def test_debug_shows_the_traceback_and_the_line() -> None:
    ended = receta("look", "nowhere", "--debug", traces=True)
    assert ended.code == 2
    assert "Traceback" in ended.err
    assert ended.err.splitlines()[-1].startswith("receta: nowhere does not exist")


def test_completion_is_shown_for_bash(tmp_path: Path) -> None:
    command = tmp_path / "receta"  # as pip writes it
    command.write_text(f"#!{sys.executable}\nfrom receta.cli import main\nmain()\n")
    command.chmod(0o755)
    shown = subprocess.run(
        ["bash", "-c", f"{command} --show-completion; exit $?"],
        capture_output=True,
        text=True,
        env=environment(SHELL="/bin/bash"),
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert "_RECETA_COMPLETE=complete_bash" in shown.stdout
    words = {"_RECETA_COMPLETE": "complete_bash", "COMP_WORDS": "receta pre", "COMP_CWORD": "1"}
    assert receta(program=[str(command)], env=words).out.split() == ["predict"]


# What is printed as JSON.


def _has(value: Any, shape: Any, where: str = "") -> None:
    """Check a JSON value against types, lists of one example, and dicts of required keys."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), (where, value)
        for key, inner in shape.items():
            assert key in value, (where, key, value)
            _has(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), (where, value)
        for row in value:
            _has(row, shape[0], f"{where}[]")
    else:
        assert isinstance(value, shape), (where, value)


NUMBER = (int, float)
FINDING = {
    "check": str,
    "verdict": str,
    "measured": NUMBER,
    "unit": str,
    "expected": str,
    "advice": str,
}
TEST = {"accuracy": float, "interval": [float], "balanced_accuracy": float, "n": int, "ece": float}
RUN = {
    "run": str,
    "data": {"fingerprint": str, "n": int, "classes": [str]},
    "best": {"rung": str, "validation_accuracy": float},
    "test": TEST,
    "rungs": [
        {
            "rung": str,
            "validation_accuracy": float,
            "seconds": NUMBER,
            "parameters": int,
            "flops": int,
        }
    ],
    "findings": [FINDING],
    "quarantined": [{"id": str, "reason": str}],
    "seconds": NUMBER,
}


def test_json_of_run_is_what_the_interface_says(scene: tuple[Path, Path, Ended]) -> None:
    _, run, ended = scene
    _has(ended.json, RUN)
    assert ended.json["quarantined"] == [{"id": "a/bad.png", "reason": "empty file: 0 bytes"}]
    assert ended.json["run"] == str(run)
    for name in (
        "recipe.toml",
        "split.json",
        "history.csv",
        "scores.json",
        "findings.json",
        "quarantine.json",
        "model.keras",
        "report.html",
        "log.txt",
    ):
        assert (run / name).is_file(), name
    assert not list(run.rglob("*.tmp*"))
    split = json.loads((run / "split.json").read_text())
    assert sum(len(split[part]) for part in ("train", "validation", "test")) == 24


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        (
            ("look", "DATA"),
            {
                "n": int,
                "classes": dict,
                "parts": dict,
                "network_input": {"shape": [int], "dtype": str},
                "quarantined": [{"id": str, "reason": str}],
            },
        ),
        (("audit", "DATA"), {"findings": [FINDING]}),
        (("split", "DATA"), {"how": str, "train": [str], "validation": [str], "test": [str]}),
        (
            ("evaluate", "RUN"),
            {
                **TEST,
                "per_class": [{"class": str, "recall": float, "n": int}],
                "confusion": [[int]],
            },
        ),
        (("runs", "RUNS"), {"runs": [{"run": str, "state": str, "best": str, "accuracy": float}]}),
        (
            ("list",),
            {
                shelf: [{"name": str, "about": str}]
                for shelf in ("sources", "audits", "rungs", "checks", "settings")
            },
        ),
    ],
)
def test_json_of_other_verbs(
    scene: tuple[Path, Path, Ended], words: tuple[str, ...], shape: Any
) -> None:
    data, run, _ = scene
    places = {"DATA": data, "RUN": run, "RUNS": run.parent}
    chosen = [places.get(word, word) for word in words]
    ended = receta(*chosen, "--json").good()
    _has(ended.json, shape)
    plain = receta(*chosen).good()  # the same in words
    assert plain.out.strip()
    assert "{" not in plain.out


@pytest.mark.slow
def test_json_of_predict_evaluate_and_check(
    scene: tuple[Path, Path, Ended], tmp_path: Path
) -> None:
    data, run, _ = scene
    files = {"whole.png": picture(7), "cut.png": picture(8)[:200], "text.jpg": b"no picture"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    answer = {
        "predictions": [{"id": str, "top": [{"class": str, "probability": float}], "sure": bool}]
    }
    whole = receta("predict", run, tmp_path / "whole.png", "--top", "1", "--json").good()
    _has(whole.json, answer)
    assert [len(one["top"]) for one in whole.json["predictions"]] == [1]
    mixed = receta("predict", run, tmp_path, "--json")
    assert mixed.code == 2, "what can be read is answered, and something was not"
    assert [Path(one["id"]).name for one in mixed.json["predictions"]] == ["whole.png"]
    assert {Path(gone["id"]).name: gone["reason"] for gone in mixed.json["quarantined"]}.keys() == {
        "cut.png",
        "text.jpg",
    }
    assert "2 of 3 pictures cannot be read" in mixed.err
    none = receta("predict", run, tmp_path / "cut.png", tmp_path / "text.jpg")
    none.refused("2 of 2 pictures cannot be read", "cut.png: truncated", "expected pictures")
    _has(receta("evaluate", run, data, "--json").good().json, TEST)
    checked = receta("check", data, "--rung", "linear", "--json")
    assert checked.code in (0, 1)
    _has(checked.json, {"findings": [FINDING]})
    assert checked.code == any(one["verdict"] == "fail" for one in checked.json["findings"])


def test_predict_names_what_is_missing(scene: tuple[Path, Path, Ended], tmp_path: Path) -> None:
    _, run, _ = scene
    receta("predict", run, tmp_path / "gone.png").refused(
        "gone.png does not exist", "expected a picture or a folder of pictures"
    )
    receta("predict", run, tmp_path).refused("holds no pictures")
    receta("predict", run).refused("predict got nothing to look at; expected pictures")


def test_a_finding_that_fails_is_exit_code_1(tmp_path: Path) -> None:
    data = pictures(tmp_path / "d", 4)
    for part in ("train", "test"):
        # every test picture is a training picture too
        shutil.copytree(data, tmp_path / "parts" / part)
    ended = receta("audit", tmp_path / "parts", "--json")
    assert ended.code == 1
    leak = next(one for one in ended.json["findings"] if one["check"] == "leak")
    assert (leak["verdict"], leak["measured"]) == ("fail", 8)
    # A slow machine is told below it how far the decoding is.
    assert ended.err.startswith("parts: train from 'train'; test from 'test'\n")
    assert re.fullmatch(r"[^\n]*\n(decoding: \d+ of 16 images\n)*", ended.err)


# Terminals, pipes and other ends of a stream.


def _on_terminal(*words: object, columns: int = 80) -> tuple[int, str]:
    """Run on a pseudo-terminal; (exit code, all that was shown)."""
    parent, child = pty.openpty()
    env = environment(TERM="xterm-256color", COLUMNS=str(columns), LINES="24")
    process = subprocess.Popen(
        [*RECETA, *map(str, words)], stdin=child, stdout=child, stderr=child, env=env
    )
    os.close(child)
    shown = b""
    while True:
        try:
            piece = os.read(parent, 65_536)
        except OSError:  # Linux says so when the last process has closed it
            break
        if not piece:
            break
        shown += piece
    os.close(parent)
    return process.wait(60), shown.decode()


def _plain(shown: str) -> list[str]:
    """The lines of a terminal without colours and cursor moves."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n").split("\n")


@pytest.mark.parametrize("columns", [80, 40])
def test_on_a_terminal_nothing_is_broken(scene: tuple[Path, Path, Ended], columns: int) -> None:
    data, run, _ = scene
    for words in (("look", data), ("list", "rungs"), ("runs", run.parent), ("evaluate", run)):
        code, shown = _on_terminal(*words, columns=columns)
        assert code == 0, shown
        assert "Traceback" not in shown
    code, shown = _on_terminal("look", data / "nowhere", columns=columns)
    assert code == 2
    lines = [line for line in _plain(shown) if line]
    assert (
        " ".join(lines)
        == f"receta: {data / 'nowhere'} does not exist; expected a path of data or digits. Check "
        "the spelling."
    )
    assert all(
        len(line) <= columns or " " not in line.removeprefix("receta: ") for line in lines
    ), "broken between words alone"


@pytest.mark.slow
def test_a_run_on_a_terminal_cleans_its_bars_up(
    scene: tuple[Path, Path, Ended], tmp_path: Path
) -> None:
    data, _, _ = scene
    out = tmp_path / ("a-long-name-that-no-line-of-a-terminal-will-hold" * 2)
    code, shown = _on_terminal("run", data, "--set", "rungs=prior", "--out", out)
    assert code == 0, shown
    assert "Traceback" not in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h"), (
        "a cursor that was hidden is shown again"
    )
    assert f"report: {out / 'report.html'}" in _plain(shown), "a path is not broken in two"


@pytest.mark.parametrize("columns", ["40", "0", "many"])
def test_odd_widths_do_no_harm(scene: tuple[Path, Path, Ended], columns: str) -> None:
    data, _, _ = scene
    assert receta("look", data, env={"COLUMNS": columns}).good().out.count("\n") > 5
    receta("--help", env={"COLUMNS": columns}).good()


def test_a_closed_pipe_is_no_error(scene: tuple[Path, Path, Ended]) -> None:
    data, _, _ = scene
    command = " ".join(RECETA)
    for words, end in ((f"look {data}", "head -1"), ("list --json", "head -c 5"), ("list", "true")):
        script = f"{command} {words} | {end}; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, env=environment(), check=False
        )
        assert done.stdout.endswith("0\n"), done
        assert done.stderr == ""


def test_a_full_or_closed_stdout_is_one_line_at_most() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*RECETA, "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr
    assert "mistake" not in done.stderr
    script = f"{' '.join(RECETA)} list >&-; echo $?; {' '.join(RECETA)} list nothing 2>&-; echo $?"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(), check=False
    )
    assert (done.stdout, done.stderr) == ("0\n2\n", "")


def test_a_stream_that_cannot_spell_gets_question_marks(tmp_path: Path) -> None:
    data = pictures(tmp_path / "d", 3, "añ")
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    assert "????" in receta("look", data, env=ascii_only).good().out
    ended = receta("look", data, "--json", env=ascii_only).good()
    assert ended.out.isascii()
    assert ended.json["classes"] == {"a": 3, "ñ": 3}


def test_names_with_control_characters_are_shown_without(tmp_path: Path) -> None:
    data = pictures(tmp_path / "d", 4)
    (data / "a\x1b[31m\n").mkdir()
    for number in range(4):
        (data / "a\x1b[31m\n" / f"{number}\r.png").write_bytes(picture(50 + number))
    (data / "a\x1b[31m\n" / "bad\x07.png").write_bytes(b"")
    for words in (("look", data), ("audit", data), ("split", data), ("look", data, "--json")):
        ended = receta(*words).good()  # which itself looks for control characters
        assert not CONTROL.search(ended.out)
