"""How is a whole run made from the command line, and what is said when it is over or stopped?"""

from __future__ import annotations

import math
import shlex
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from receta.cli import stopping
from receta.cli.options import Where
from receta.cli.printing import bar, console
from receta.cli.printing.progress import progress_of_run
from receta.cli.reading import read_callbacks
from receta.core.errors import CheckFailed, DataRefused, Interrupted

if TYPE_CHECKING:
    from receta.core.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What `run` and `train` are told beside data and recipe."""

    out: Path | None
    callbacks: Path | None
    force: bool
    trust: bool
    verbose: bool
    as_json: bool


def make_run(where: Where, recipe: Recipe, options: RunOptions) -> None:
    """Make the run, or go on with it, and print what came of it.

    Raises CheckFailed, after that was printed, and Interrupted, which says how to go on.
    """
    from receta import journey
    from receta.core import deadline, disk, records
    from receta.sources import Options
    from receta.training import default_folder

    told = where.options()
    folder = options.out or default_folder(where.data, where.test, recipe, Options(**told).words())
    written, failed = folder / "result.json", None
    earlier = written.read_bytes() if written.is_file() else b""
    until = deadline.of_command(recipe.budget_s or math.inf)
    callbacks = read_callbacks(options.callbacks, recipe)
    stopping.repeat_signals()
    try:
        journey.run(
            where.data,
            test=where.test,
            out=folder,
            recipe=recipe,
            force=options.force,
            callbacks=callbacks,
            trust=options.trust,
            progress=progress_of_run(until, verbose=options.verbose),
            deadline=until,
            command=shlex.join(["receta", *sys.argv[1:]]),
            **told,
        )
    except CheckFailed as error:
        failed = error
    except DataRefused as error:
        bar.end()
        if options.as_json:
            console.print_json({"run": None, "findings": [one.to_json() for one in error.findings]})
        raise
    except (KeyboardInterrupt, Exception) as error:
        # One that falls into a backend's own clean-up comes out as an error of the backend: the
        # timer knows better.
        if not isinstance(error, KeyboardInterrupt) and not signal.getitimer(signal.ITIMER_REAL)[0]:
            raise
        stopping.end_repeating()
        raise Interrupted(
            f"interrupted; what is done is kept in {folder}. The same command goes on from there."
        ) from None
    bar.end()
    result, before = disk.read_json(written, records.RESULT), written.read_bytes() == earlier
    if options.as_json:
        console.print_json(result)
    else:
        from receta.cli.printing.result import show_result

        show_result(result, folder, recipe.budget_s, verbose=options.verbose, before=before)
    if failed is not None:
        raise failed
