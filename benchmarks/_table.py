"""How does a benchmark write its table into the manual?"""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

BY_HAND = "<!-- By hand: what follows stays when the script writes this page anew. -->"
DOCS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks"


def write(
    name: str,
    title: str,
    question: str,
    heads: list[str],
    rows: list[list[object]],
    notes: list[str],
) -> None:
    """Print a table, and write it to docs/benchmarks/NAME.md; what was added by hand stays."""
    cells = [
        [f"{cell:,.3g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows
    ]
    lines = [
        f"# {title}",
        "",
        question,
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
    ]
    lines += ["| " + " | ".join(row) + " |" for row in cells]
    lines += ["", *[f"- {note}" for note in notes]]
    lines += [f"- Measured {datetime.date.today()} on {machine()}, by `benchmarks/{name}.py`."]
    text = "\n".join(lines) + "\n"
    print(text)
    page = DOCS / f"{name}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    _, mark, by_hand = (page.read_text(encoding="utf-8") if page.exists() else "").partition(
        BY_HAND
    )
    page.write_text(f"{text}\n{mark}{by_hand}" if mark else text, encoding="utf-8")


def machine() -> str:
    """The machine in words."""
    from receta.pipeline.backend import _processor

    model, flags = _processor()
    number_formats = [
        flag for flag in ("avx512_bf16", "amx_bf16", "avx512f", "avx2") if flag in flags
    ]
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores ({', '.join(number_formats[:2])}), "
        f"Python {platform.python_version()}"
    )


def real_data() -> Path | None:
    """Where the developers' real data lie, if they do."""
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    return shared if shared.is_dir() else None
