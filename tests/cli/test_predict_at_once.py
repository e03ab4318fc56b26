"""Does a bundle answer at once from the command line, exactly as the whole of it would?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE
from shell import environment, receta

from receta.cli.predict_at_once import _parse

QUICK, WHOLE = (
    [
        sys.executable,
        "-c",
        f"import sys; sys.argv[0] = 'receta'; from receta.{start} import main; main()",
    ]
    for start in ("cli", "cli.app")
)
HEAVY = (
    "tensorflow",
    "keras",
    "jax",
    "torch",
    "sklearn",
    "scipy",
    "pandas",
    "matplotlib",
    "pyarrow",
    "typer",
    "rich",
    "pydantic",
    "h5py",
)


@pytest.fixture(scope="module")
def asked(bundles, digit_files) -> list[object]:
    return [bundles["onnx"].folder, digit_files[0]]


def test_predict_on_a_bundle_loads_nothing_heavy(asked) -> None:
    code = f"""
import atexit, sys
atexit.register(lambda: print("loaded", *sorted(set({HEAVY!r}) & set(sys.modules))))
sys.argv = ["receta", "predict", *{[str(word) for word in asked]!r}]
from receta.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded"
    assert len(done.stdout.splitlines()) == 7


@pytest.mark.parametrize("words", [[], ["--json"], ["--top", "2"], ["--top=2", "--json"]], ids=str)
def test_the_quick_answer_is_that_of_the_whole_command_line(words, asked, tmp_path) -> None:
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    given = ["predict", *asked, tmp_path / "torn.png", *words]
    quick, whole = receta(*given, program=QUICK), receta(*given, program=WHOLE)
    assert quick == whole
    assert quick.code == 2, "something that was asked has no answer"
    assert "receta: 1 of 2 pictures cannot be read" in quick.err
    assert quick.out, "what can be read is answered"


@pytest.mark.parametrize(
    "words", [["--top", "0"], ["--tpo", "1"], ["nowhere.png"], ["--help"]], ids=str
)
def test_what_is_unusual_is_left_to_the_whole_command_line(words, asked) -> None:
    given = ["predict", *asked, *words]
    assert receta(*given, program=QUICK) == receta(*given, program=WHOLE)


def test_a_spoilt_bundle_is_one_line(asked, tmp_path) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    receta("predict", tmp_path, asked[1]).refused("was written by receta of an unknown version")
    (tmp_path / "torn.png").write_bytes(b"")
    receta("predict", asked[0], tmp_path / "torn.png").refused(
        "torn.png cannot be read: empty file"
    )


def test_only_plain_words_are_parsed(asked, digits_run) -> None:
    bundle, picture = map(str, asked)
    assert _parse([bundle, picture, "--top", "3", "--json"]) == (Path(bundle), [picture], 3, True)
    for words in (
        [bundle],
        [picture, picture],
        [str(digits_run.folder), picture],
        [bundle, picture, "--top"],
        [bundle, picture, "-x"],
        [bundle, picture, "--debug"],
        [bundle, picture, "--top", "²"],
    ):
        assert _parse(words) is None
