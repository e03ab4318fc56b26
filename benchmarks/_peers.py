"""How does another tool get an environment of its own?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from receta.core.disk import cache_root


def python_with(peer: str, wanted: tuple[str, ...]) -> Path | str:
    """The Python of an environment that holds a peer, made when it is missing, or why there is
    none.
    """
    folder = cache_root() / "benchmarks" / peer
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists() or ready.read_text() != " ".join(wanted):
        try:
            subprocess.run(
                [sys.executable, "-m", "venv", "--clear", str(folder)],
                check=True,
                capture_output=True,
                text=True,
            )
            subprocess.run(
                [str(python), "-m", "pip", "install", "-q", *wanted],
                check=True,
                capture_output=True,
                text=True,
            )
        except subprocess.CalledProcessError as error:
            return f"it could not be installed ({(error.stderr or '').strip().splitlines()[-1:]})"
        ready.write_text(" ".join(wanted))
    return python


def beside(name: str, wanted: tuple[str, ...]) -> Path | str:
    """A folder of packages for PYTHONPATH that this environment lacks, or why there is none."""
    folder = cache_root() / "benchmarks" / f"{name}-packages"
    if not folder.exists():
        words = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), *wanted]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        if done.returncode:
            return f"it could not be installed ({done.stderr.strip().splitlines()[-1:]})"
    return folder
