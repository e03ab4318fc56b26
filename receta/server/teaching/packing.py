"""How does whoever taught a network take it along: its report, and its files as one archive?"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from receta.core.errors import RunError

# The report is a page of its own, styled inline; whatever it holds, nothing in it runs.
REPORT_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox"
)


def report_of(run: Path) -> bytes:
    """The report of a run; raises RunError where it is gone."""
    try:
        return (run / "report.html").read_bytes()
    except OSError as error:
        raise RunError(
            f"the report of run {run.name} cannot be read ({error.strerror}); expected "
            "report.html. Train again."
        ) from error


def pack(run: Path, name: str) -> bytes:
    """A ZIP with a folder of that name: the exports of a run, or its network in Keras where it
    has none, and its report.

    Raises RunError where they are gone.
    """
    exports = [path for path in sorted((run / "exports").rglob("*")) if path.is_file()]
    files = {path.relative_to(run / "exports"): path for path in exports} or {
        Path("model.keras"): run / "model.keras"
    }
    content = io.BytesIO()
    try:
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for within, path in {**files, Path("report.html"): run / "report.html"}.items():
                archive.write(path, f"{name}/{within.as_posix()}")
    except OSError as error:
        raise RunError(
            f"the network of run {run.name} cannot be read ({error.strerror}); expected its "
            "files. Train again."
        ) from error
    return content.getvalue()
