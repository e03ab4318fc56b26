"""How do several runs answer together, and is that better than the best of them?"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from receta.cli.options import Json
from receta.cli.printing.console import print_json, table, tell
from receta.cli.printing.progress import progress
from receta.core.amounts import counted

GROUP = "For experts"
AFTER = "rate"
EXAMPLES = (
    ("receta combine runs/a runs/b runs/c", "the mean of what three runs say"),
    ("receta combine runs/a runs/b --how greedy --out runs/both", "with weights that help most"),
    ("receta combine runs/studies/cv --test more/", "all folds of a study with --cv"),
)


def combine(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN", help="Folders of runs, or of studies.")
    ],
    how: Annotated[
        str,
        typer.Option(metavar="NAME", help="average, nnls, greedy, stack, or soup (of weights)."),
    ] = "average",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the ensemble goes.")
    ] = None,
    test: Annotated[
        Path | None, typer.Option(metavar="DATA", help="Labelled data to judge on.")
    ] = None,
    to_one: Annotated[
        str,
        typer.Option(metavar="RUNG", help="Teach one model of this rung what the ensemble says."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Let several runs answer together, as one model."""
    from receta.studies import ensembles

    made = ensembles.combine(
        runs,
        how=how,
        out=out,
        test=test,
        to_one=to_one,
        command=shlex.join(["receta", *sys.argv[1:]]),
        progress=progress(),
    )
    if as_json:
        return print_json(made.found)
    _show(made.found)


def _show(found: dict[str, Any]) -> None:
    rows = [
        (name, f"{weight:.3f}")
        for name, weight in zip(found["members"], found["weights"], strict=True)
    ]
    table("members", ("run", "weight"), rows)
    gain, single, validation = found["gain"], found["best_single"], found["validation"]
    if gain is not None:
        low, high = gain["interval"]
        tell(
            f"On {counted(found['n']['test'], 'examples')} that none has seen: {gain['measure']} "
            f"{found['test']['value']:.4f}; of the best single model, {single['run']}, "
            f"{single['value']:.4f}."
        )
        sure = "surely better" if low > 0 else "surely worse" if high < 0 else "not surely better"
        tell(f"Gain {gain['value']:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}: {sure}.")
    else:
        tell("The gain is not known: no example is left that none of the models has seen.")
    if validation is not None and gain is not None:
        tell(
            f"On the {counted(validation['n'], 'examples')} that the weights come from the gain "
            f"was {validation['value']:+.4f}; only the other one counts."
        )
    latency = found["latency_ms"]
    tell(
        f"One answer takes {latency['ensemble']:.2f} ms; of the best single model "
        f"{latency['best_single']:.2f} ms."
    )
    if found.get("one"):
        one = found["one"]
        tell(f"One model that learnt to say the same: {one['run']} ({one['rung']}).")
    tell(f"receta predict, evaluate, export and serve take it: {found['run']}")
