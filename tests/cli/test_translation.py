"""Does the command line speak Spanish to people, and to programs what it always did?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.main import get_command

from receta.cli import errors
from receta.cli.app import app
from receta.cli.translation import drop_language
from receta.cli.verbs import SHELF
from receta.core import language
from receta.core.errors import RecetaError

ENGLISH = re.compile(r"\b(?:the|with|which|that|what|your|these|does|shows|expected)\b")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Grey squares of two classes, of which one stands in both, and a file that is no picture."""
    rng = np.random.default_rng(0)
    for k, name in enumerate(("Camiseta", "Pantalón")):
        (tmp_path / "fotos" / name).mkdir(parents=True)
        for i in range(24):
            pixels = rng.integers(90 * k, 90 * k + 80, (12, 12), dtype=np.uint8)
            Image.fromarray(pixels if i else np.full((12, 12), 7, np.uint8)).save(
                tmp_path / "fotos" / name / f"{i}.png"
            )
    (tmp_path / "fotos" / "Camiseta" / "rota.png").write_text("nada")
    return tmp_path / "fotos"


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    language.choose(None)


def run_line(*words: str) -> int:
    """The exit code of a command line, in this process."""
    try:
        left = drop_language(list(words))
        code = get_command(app)(left, "receta", standalone_mode=False)
    except RecetaError as error:
        return error.exit_code
    return code or 0


@pytest.mark.parametrize("verb", ["", *SHELF.names()])
def test_help_is_spanish_in_every_line(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_line(*([verb] if verb else []), "--help", "--lang", "es")
    shown = capsys.readouterr().out
    assert shown.startswith("Uso: receta")
    assert "Ejemplos:" in shown
    assert ENGLISH.findall(shown) == []


def test_json_is_the_same_in_every_language(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for code in ("en", "es"):
        run_line("audit", str(data), "--json", f"--lang={code}")
        said[code] = capsys.readouterr().out
    assert said["es"] == said["en"]
    assert "expected" in said["es"]
    assert len(json.loads(said["es"])["findings"]) > 10


def test_an_audit_tells_people_in_spanish_what_it_tells_programs_in_english(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_line("--lang", "es", "audit", str(data), "--report", str(data.parent / "revisión.html"))
    shown = capsys.readouterr()
    assert re.search(
        r"^(WARN|FAIL)  label_conflict \(.*\): 2 imágenes; se esperaba 0\. Mira cada pareja",
        shown.out,
        re.MULTILINE,
    )
    assert (
        "-     leak: sin juzgar (los datos no nombran parte de validación ni de prueba)."
        in shown.out
    )
    assert "informe: " in shown.err
    assert ENGLISH.findall(shown.out) == []
    page = (data.parent / "revisión.html").read_text("utf-8")
    assert '<html lang="es">' in page
    assert "Qué se halló" in page


def test_the_language_may_stand_anywhere_but_behind_two_dashes() -> None:
    assert drop_language(["predict", "--lang", "es", "run", "--top", "1"]) == [
        "predict",
        "run",
        "--top",
        "1",
    ]
    assert language.language({}) == "es"
    language.choose(None)
    assert drop_language(["predict", "run", "--", "--lang"]) == ["predict", "run", "--", "--lang"]
    assert language.language({}) == "en"


@pytest.mark.parametrize("words", [["--lang"], ["--lang="], ["--lang", "klingon"]])
def test_a_language_that_is_none_is_refused(words: list[str]) -> None:
    with pytest.raises(
        RecetaError, match="is no language that receta speaks; expected one of en, es"
    ):
        drop_language(["look", "digits", *words])


def test_an_error_is_one_spanish_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(code: int) -> None:
        raise SystemExit(code)

    language.choose("es")
    monkeypatch.setattr(errors, "end", end)
    error = RecetaError(
        "mis fotos/x does not exist; expected a path of data or digits. Did you mean 'mis "
        "fotos/X'? Check the spelling."
    )
    with pytest.raises(SystemExit, match="2"):
        errors.fail(error, False)
    assert capsys.readouterr().err == (
        "receta: mis fotos/x no existe; se esperaba una ruta de datos, o digits. "
        "¿Querías decir 'mis fotos/X'? Mira si está bien escrito.\n"
    )
