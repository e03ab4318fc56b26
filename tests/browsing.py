"""Which browser do tests of pages open?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

DEBIAN = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launched(playwright: Any, more: Sequence[str] = ()) -> Any:
    """A browser with some more arguments; skips where there is none."""
    bundled = Path(playwright.chromium.executable_path)
    if not bundled.exists() and not DEBIAN.exists():
        pytest.skip(f"no Chromium: neither {bundled} nor {DEBIAN}")
    path = None if bundled.exists() else str(DEBIAN)
    return playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
