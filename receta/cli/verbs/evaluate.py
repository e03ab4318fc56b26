"""How good is a model, on its test part or on other labelled data?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from receta.cli.options import (
    AnyModel,
    ClassNames,
    Json,
    JudgedOn,
    Logits,
    PixelValues,
    Trust,
    Verbose,
)
from receta.cli.printing.console import print_json, say
from receta.cli.printing.progress import progress
from receta.cli.reading import read_file_options, tell_unchecked
from receta.core.errors import RecetaError

GROUP = "From data to a model"
AFTER = "export"
EXAMPLES = (
    ("receta evaluate runs/photos", "the scores on its own test part"),
    ("receta evaluate runs/photos more_photos/", "on other labelled pictures"),
)


def evaluate(
    model: AnyModel,
    where: JudgedOn,
    names: ClassNames = None,
    pixels: PixelValues = None,
    logits: Logits = False,
    trust: Trust = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Judge a model on its test part, or on other labelled data."""
    theirs = read_file_options(model, names=names, pixels=pixels, logits=logits, trust=trust)
    if where.data is None:
        scores = _scores_of_run(model, is_file=bool(theirs))
    else:
        scores = _judge(model, where, theirs, trust=trust)
    if as_json:
        return print_json(scores)
    from receta.cli.printing.scores import show_details, show_scores, show_verdict

    show_verdict(scores)
    if verbose:
        show_details(scores)
    show_scores(scores)


def _scores_of_run(model: Path, *, is_file: bool) -> dict[str, Any]:
    """The scores on the test part of a finished run."""
    from receta.training import Run

    if is_file or (model / "bundle.json").is_file():
        raise RecetaError(
            f"{model} has no test part of its own; expected labelled data to judge it on. "
            "Name them behind it."
        )
    opened = tell_unchecked(Run.open(model))
    scores = opened.best and opened.scores
    if scores is None:
        raise RecetaError(
            f"{model} has no scores yet; expected a finished run. Repeat the command that began it."
        )
    found: dict[str, Any] = scores
    return found


def _judge(model: Path, where: JudgedOn, theirs: dict[str, Any], *, trust: bool) -> dict[str, Any]:
    """The scores on other data; what is to be known of them is said."""
    from receta import evaluation, exporters, kinds, predictors, sources

    # A run that cannot be trusted is refused before the data are read.
    known: Any = None if theirs else tell_unchecked(predictors.predictor_at(model, trust=trust))
    read_as = kinds.of_model(known).options_of(known) if known else {}
    examples = where.load(progress(), sources.usable(str(where.data), read_as) if read_as else {})
    if known is None:
        if not theirs["class_names"]:
            say(
                f"--names was not given: the outputs of {model.name} are taken for "
                f"{', '.join(examples.class_names)}, in this order."
            )
            theirs["class_names"] = examples.class_names
        known = exporters.subject(model, **theirs)
    scores: dict[str, Any] = {"kind": examples.kind, **evaluation.judge(known, examples).to_json()}
    if scores.get("seen_in_training"):
        say(evaluation.say_seen(scores["seen_in_training"], scores["n"]))
    return scores
