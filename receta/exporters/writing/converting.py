"""How does a target write its files and reopen them, with a refusal in one line?"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from receta.core.errors import (
    ExportRefused,
    InputError,
    RecetaError,
)
from receta.exporters.subjects.subject import Subject
from receta.exporters.writing import likening, refusals
from receta.exporters.writing.form import Form
from receta.pipeline import backend


def convert(subject: Subject, form: Form, folder: Path, featured: Any) -> bool:
    """Let the target write its files; whether it asked for rows to calibrate on.

    What a converter cannot do is a refusal in one line.
    """
    asked: list[int] = []

    def rows(n: int) -> Any:
        asked.append(n)
        return subject.evidence.rows(n)

    write = getattr(form.module, form.target)
    takes = inspect.signature(write).parameters
    options: dict[str, Any] = {"variant": form.variant} if "variant" in takes else {}
    if "rows" in takes:
        options["rows"] = rows
    if "parts" in takes:
        options["parts"] = subject.evidence.parts
    if "featured" in takes:
        options["featured"] = featured
    try:
        with _silently():
            write(subject.model, folder, likening.about(subject, featured), **options)
    except (ExportRefused, InputError) as error:
        words = str(error)
        raise ExportRefused(words if form.name in words else f"{form.name}: {words}") from error
    except (RecetaError, OSError, MemoryError):
        raise
    except Exception as error:  # a converter's own words on a layer that it does not know
        raise ExportRefused(refusals.refusal(form.name, "written", error, subject.model)) from error
    return bool(asked)


def reopen(subject: Subject, form: Form, folder: Path) -> Callable[[Any], Any]:
    """The runtime of what was written.

    Its own words on a file that it does not take are a refusal.
    """
    try:
        with _silently():
            runtime: Callable[[Any], Any] = form.module.opened(folder)
    except (RecetaError, ImportError, MemoryError):
        raise
    except Exception as error:
        raise ExportRefused(
            refusals.refusal(form.name, "reopened", error, subject.model)
        ) from error

    def answers(inputs: Any) -> Any:
        try:
            return runtime(inputs)
        except (RecetaError, MemoryError):
            raise
        except Exception as error:
            raise ExportRefused(
                refusals.refusal(form.name, "asked", error, subject.model)
            ) from error

    return answers


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    """Hold back what converters write: to stdout from Python, to stderr from C++."""
    kept: BaseException | None = None
    with (
        backend.hush(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        try:
            yield
        except Exception as error:
            # raised again below: what was held back would else be told before it
            kept = error
    if kept is not None:
        raise kept
