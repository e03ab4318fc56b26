"""What does a model say of pictures, of rows or of what comes next?"""

from __future__ import annotations

from typing import Annotated

import typer

from receta.cli.options import AnyModel, ClassNames, Json, Logits, PixelValues, Trust
from receta.cli.printing.console import say
from receta.cli.reading import read_file_options, tell_unchecked

GROUP = "From data to a model"
AFTER = "run"
EXAMPLES = (
    ("receta predict runs/photos new.jpg", "what is on a picture"),
    ("receta predict runs/photos new/ --top 1 --json", "on all in a folder, for a program"),
)


def predict(
    model: AnyModel,
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Pictures, folders of them, or a CSV of rows."),
    ],
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 5,
    names: ClassNames = None,
    pixels: PixelValues = None,
    logits: Logits = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Say what is on pictures, or what a CSV of rows leads to."""
    from receta import exporters, kinds, predictors
    from receta.cli.printing.answers import tell_answers
    from receta.evaluation import predicting

    theirs = read_file_options(model, names=names, pixels=pixels, logits=logits, trust=trust)
    known = (
        exporters.subject(model, **theirs)
        if theirs
        else tell_unchecked(predictors.predictor_at(model, trust=trust))
    )
    answers, unreadable = predicting.predict(known, inputs, top=top, tell=say)
    if code := tell_answers(answers, unreadable, as_json, kinds.of_model(known).NOUN):
        raise typer.Exit(code)
