"""Is it said, on a terminal and nowhere else, that a backend takes long to load?"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from shell import environment

# A backend whose import ends when the line has been said; what it logs is kept back.
SLOW = """
import os
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # as is done where a backend is loaded
import receta.cli.printing.loading as loading
if loading.said is not None:
    loading.said.join(60)
"""
PROGRAM = """
import receta.cli.printing.loading as loading
loading.said = loading.watch_loading(0.0)
import tensorflow
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a backend that takes long to load."""
    (tmp_path / "tensorflow.py").write_text(SLOW)
    return tmp_path


def test_a_line_says_that_tensorflow_is_loading(folder: Path) -> None:
    parent, child = pty.openpty()
    paths = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        stderr=child,
        env=environment(PYTHONPATH=paths),
        check=False,
    )
    os.close(child)
    assert done.returncode == 0
    assert os.read(parent, 1000).decode() == "Loading TensorFlow …\r\n"
    os.close(parent)


def test_without_a_terminal_nothing_is_said(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        env=environment(PYTHONPATH=os.pathsep.join([str(folder), *sys.path])),
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
