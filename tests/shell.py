"""How do tests run receta as its users do: a process, two streams, an exit code?"""

from __future__ import annotations

import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from patience import PATIENCE
from PIL import Image

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # all but the line feed
RECETA = [sys.executable, "-m", "receta"]


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    def refused(self, *words: str, code: int = 2) -> str:
        """The one line that such an end must be, with all of the words in it.

        What was told on the way there stands above it.
        """
        assert self.code == code, self
        assert self.out == "", self
        assert re.fullmatch(r"([^\n]+\n)*receta: [^\n]+\n", self.err), self
        assert self.err.count("receta: ") == 1, self
        assert "mistake of receta's own" not in self.err, self
        for word in words:
            assert word in self.err, (word, self.err)
        return self.err

    def good(self) -> Ended:
        """Itself, if all went well."""
        assert self.code == 0, self
        return self


def environment(**changes: str) -> dict[str, str]:
    """What a process of a test gets to see."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "80", **changes}


def receta(*words: object, cwd: Path | None = None, **how: Any) -> Ended:
    """Run it to its end, without a terminal; how: more for subprocess.run.

    program: what to run instead. traces: whether a traceback is no failure.
    """
    changes, program, traces = (
        how.pop("env", {}),
        how.pop("program", RECETA),
        how.pop("traces", False),
    )
    done = subprocess.run(
        [*program, *map(str, words)],
        capture_output=True,
        cwd=cwd,
        env=environment(**changes),
        timeout=PATIENCE,
        check=False,
        **how,
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert traces or "Traceback" not in ended.err, ended.err
    assert not CONTROL.search(ended.out + ended.err), ended
    return ended


def picture(
    seed: int = 0, size: tuple[int, int] = (12, 10), kind: str = "PNG", **how: Any
) -> bytes:
    """Bytes of a picture of noise."""
    out = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(noise).save(out, kind, **how)
    return out.getvalue()


def pictures(folder: Path, n: int = 10, classes: str = "ab") -> Path:
    """A folder of class folders with n pictures each; all pictures differ."""
    for index, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for number in range(n):
            (folder / name / f"{number}.png").write_bytes(picture(1000 * index + number))
    return folder


def bomb(side: int = 20_000) -> bytes:
    """A valid PNG of side x side white-and-black pixels in some kB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    packer, row = zlib.compressobj(9), bytes(side // 8 + 1)
    content = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", content)
        + chunk(b"IEND", b"")
    )
