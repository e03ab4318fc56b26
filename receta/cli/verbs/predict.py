"""What does a model say of pictures, rows and texts, or of what comes next?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import AnyModel, ClassNames, Json, Logits, PixelValues, Trust
from receta.cli.printing.console import say
from receta.cli.reading import read_file_options, tell_guess, tell_unchecked
from receta.core.errors import InputError
from receta.data.nouns import NOUNS

GROUP = "From data to a model"
AFTER = "run"
EXAMPLES = (
    ("receta predict runs/photos new.jpg", "what is on a picture"),
    ("receta predict runs/photos new/ --top 1 --json", "on all in a folder, for a program"),
    ("receta predict runs/sms --text 'You won a prize'", "what a text is"),
    ("receta predict runs/sales --out forecast.csv", "what comes next, as a table"),
)


def predict(
    model: AnyModel,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT...",
            help="Pictures, folders of them, files of texts, or a CSV of rows; of a series the "
            "steps so far, or nothing to go on from the data of its run.",
        ),
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="TEXT", help="A text itself, for a model of texts."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 5,
    names: ClassNames = None,
    pixels: PixelValues = None,
    logits: Logits = False,
    trust: Trust = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a forecast to a .csv or .parquet file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what pictures, texts or the rows of a CSV are, or what comes next in a series."""
    from receta import exporters, kinds, predictors
    from receta.cli.printing.answers import tell_answers
    from receta.cli.printing.forecasts import tell_forecast
    from receta.evaluation import predicting

    theirs = read_file_options(model, names=names, pixels=pixels, logits=logits, trust=trust)
    known = (
        exporters.subject(model, **theirs)
        if theirs
        else tell_unchecked(predictors.predictor_at(model, trust=trust))
    )
    tell_guess(model)
    if NOUNS[kinds.of_model(known).KIND].in_time:
        given = inputs or [None]  # type: ignore[list-item]
        if code := tell_forecast(known, given, out, as_json):
            raise typer.Exit(code)
        return
    given_all = [*(inputs or ()), *predicting.take_written(known, text or ())]
    if not given_all:
        raise InputError(
            f"predict got nothing to look at; expected {kinds.of_model(known).NOUN.many}. Name "
            f"some: receta predict {model} INPUT..."
        )
    if out is not None:
        raise InputError(
            f"--out {out} is for forecasts of series; expected it with such a model alone. Leave "
            "it out: --json gives all answers."
        )
    answers, unreadable = predicting.predict(known, given_all, top=top, tell=say)
    if code := tell_answers(answers, unreadable, as_json, kinds.of_model(known).NOUN):
        raise typer.Exit(code)
