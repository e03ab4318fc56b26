"""Can every command that receta prints be pasted as it stands?"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shell import receta

from receta.cleaning import SHELF as FIXES
from receta.cli.printing.program import fill_program
from receta.core.commands import fill_place, name_place
from receta.evaluation.usefulness import judge_usefulness, next_steps
from receta.report.words import commands


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos with every common fault, in a folder whose name has a space and an accent."""
    home = tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(3)
    for shade, name in ((60, "Camiseta"), (160, "Pantalón")):
        (home / "mis fotos" / name).mkdir(parents=True)
        for n in range(24):
            pixels = rng.normal(shade, 30, (32, 32, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(home / "mis fotos" / name / f"{n}.png")
    first = home / "mis fotos" / "Camiseta"
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(first / "negra.png")
    (first / "copia.png").write_bytes((first / "3.png").read_bytes())
    (home / "mis fotos" / "Pantalón" / "otra.png").write_bytes((first / "5.png").read_bytes())
    (first / "rota.png").write_bytes((first / "7.png").read_bytes()[:900])
    return home


def pasted(text: str) -> list[list[str]]:
    """The words of each command that a text names between backticks."""
    return [
        shlex.split(found)[1:] for found in re.findall(r"`(receta [^`]+)`", " ".join(text.split()))
    ]


def test_every_fix_that_an_audit_advises_works_as_it_is_printed(folder: Path) -> None:
    said = receta("audit", "mis fotos", cwd=folder)
    advised = pasted(said.out)
    assert {words[words.index("--fix") + 1] for words in advised} >= {
        "duplicate",
        "label_conflict",
        "truncated",
    }
    for number, words in enumerate(advised):
        assert words[:2] == ["clean", "mis fotos"]
        assert words[-1] == "mis fotos-clean"
        words[-1] = f"out{number}"  # each alone
        receta(*words, cwd=folder).good()


def test_a_place_is_named_as_a_shell_takes_it() -> None:
    assert name_place("a'b c", {"target": "y x"}) == "'a'\"'\"'b c' --target 'y x'"
    assert shlex.split(name_place("a'b c", {"target": "y x"})) == ["a'b c", "--target", "y x"]


def test_every_fix_on_the_shelf_is_filled_in() -> None:
    for name in FIXES.names():
        filled = fill_place(f"Mend it (receta clean --fix {name}).", "signs.csv --target kind")
        assert pasted(filled) == [
            ["clean", "signs.csv", "--target", "kind", "--fix", name, "--out", "signs-clean"]
        ]


def test_a_command_in_advice_stands_whole_on_a_page() -> None:
    assert str(commands("Leave it out (`receta clean 'a b' --fix leak --out c`).")) == (
        'Leave it out (<code class="verb">receta clean &#39;a b&#39; <span '
        'class="one">--fix</span> leak '
        '<span class="one">--out</span> c</code>).'
    ), "a line never ends within --out"


@pytest.mark.parametrize(
    ("accuracy", "interval", "n", "guess", "word"),
    [
        (0.986, [0.925, 0.998], 72, 0.25, "good for use"),
        (0.813, [0.757, 0.859], 200, 0.5, "promising"),
        (0.97, [0.96, 0.98], 2000, 0.95, "promising"),
        (0.556, [0.441, 0.665], 72, 0.5, "not better than guessing"),
        (0.379, [0.271, 0.499], 66, 0.25, "not better than guessing"),
        (1.0, [0.84, 1.0], 20, 0.5, "cannot be judged"),
    ],
)
def test_the_word_for_a_model_follows_from_the_low_end_of_its_interval(
    accuracy, interval, n, guess, word
) -> None:
    judged = judge_usefulness(
        {"accuracy": accuracy, "interval": interval, "n": n, "baselines": {"prior": guess}}
    )
    assert judged.word == word
    assert judged.why


def test_a_model_that_guesses_is_not_offered_for_use() -> None:
    judged = judge_usefulness({"accuracy": 0.5, "interval": [0.4, 0.6], "n": 100, "blind": 0.5})
    assert [command for command, _ in next_steps(judged, "runs/x y", "photos")] == [
        "receta audit photos --report audit.html"
    ]
    good = judge_usefulness({"accuracy": 0.99, "interval": [0.97, 1.0], "n": 100, "blind": 0.5})
    assert [shlex.split(command)[1:3] for command, _ in next_steps(good, "runs/x y", "photos")] == [
        ["predict", "runs/x y"],
        ["serve", "runs/x y"],
        ["export", "runs/x y"],
    ]


def test_commands_can_be_pasted_where_the_shell_does_not_find_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / ".venv" / "bin" / "receta"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(program), "run", "digits"])
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    advice = "receta needs data: `receta audit DATA`, receta clean --fix leak; /opt/receta run x"
    pasted = (
        "receta needs data: `.venv/bin/receta audit DATA`, .venv/bin/receta clean --fix "
        "leak; /opt/receta run x"
    )
    assert fill_program(advice) == pasted
    monkeypatch.setenv("PATH", str(program.parent))
    assert fill_program(advice) == advice
    monkeypatch.setattr("sys.argv", ["/usr/bin/python3"])
    monkeypatch.setenv("PATH", "")
    assert fill_program(advice) == advice
