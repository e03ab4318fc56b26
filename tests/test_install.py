"""Does `make` show how far pip is, and how long it took?"""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "install.py"
PIP = """Obtaining file:///receta
  Installing build dependencies: started
Collecting numpy<3,>=2.1 (from receta==0.1.0)
  Downloading numpy-2.4-cp311.whl.metadata (62 kB)
Collecting tensorflow-cpu==2.21 (from -c requirements.lock (line 4))
  Downloading tensorflow_cpu-2.21-cp311.whl (240.1 MB)
Requirement already satisfied: pip in /x
Installing collected packages: numpy, tensorflow-cpu, receta
Successfully installed numpy-2.4 receta-0.1.0 tensorflow-cpu-2.21"""


@pytest.fixture(scope="module")
def install() -> Any:
    spec = importlib.util.spec_from_file_location("ci_install", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_install"] = module
    spec.loader.exec_module(module)
    return module


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_pip_says_becomes_how_far_it_is(install: Any) -> None:
    present = [40]
    seen = install.Installation(lambda: present[0])
    for line in PIP.splitlines()[:7]:
        seen.hear(line)
    assert seen.words(72) == [
        "1 min 12 s",
        "3 packages found",
        "downloading tensorflow_cpu (240.1 MB)",
    ]
    seen.hear(PIP.splitlines()[7])
    present[0] = 42
    assert seen.words(90) == ["1 min 30 s", "2 of 3 packages installed", "[#############.......]"]


@pytest.mark.parametrize(("out", "most"), [(Terminal(), 1), (io.StringIO(), 3)])
def test_a_terminal_has_one_line_that_moves_and_a_file_a_line_a_while(
    install: Any, out: io.StringIO, most: int, monkeypatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    now = iter(range(0, 1000, 4))
    install.show(
        iter([*PIP.splitlines(), None, None]), install.Installation(), out, lambda: float(next(now))
    )
    said = out.getvalue()
    assert said.count("\n") == (0 if most == 1 else 3)
    assert ("\033" in said) == (most == 1)
    assert all(len(line.removeprefix("\033[K")) < 40 for line in said.split("\r")) or most > 1
    assert "packages found" in said
    assert "packages installed" in said


@pytest.mark.parametrize(
    ("code", "last"), [(0, "Installed 3 packages in 0 s.\n"), (3, "Successfully installed")]
)
def test_the_end_says_how_long_it_took_or_what_pip_said(
    install: Any, tmp_path: Path, code: int, last: str
) -> None:
    pip = tmp_path / "pip.py"
    pip.write_text(f"import sys\nprint({PIP!r})\nsys.exit({code})\n")
    out = io.StringIO()
    assert install.main(["-e", "."], out, (sys.executable, str(pip))) == code
    assert last in out.getvalue()
