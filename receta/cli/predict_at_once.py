"""How does `receta predict BUNDLE picture.jpg` answer at once, without the whole command line?"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from receta.cli.printing import answers as screen
from receta.cli.printing import console


def answer(words: list[str]) -> None:
    """Answer and end the process, if these words ask a bundle for nothing special.

    Else, and where anything is wrong, nothing is done: the whole command line sees to it
    and finds the words for it. Typer alone takes longer to load than a picture to answer.
    """
    asked = _parse(words)
    if asked is None:
        return
    folder, inputs, top, as_json = asked
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from receta import kinds
        from receta.data.nouns import NOUNS
        from receta.evaluation import predicting, warning
        from receta.predictors import Bundle

        bundle = Bundle.open(folder)
        if NOUNS[kinds.of_model(bundle).KIND].in_time:  # a forecast is a table of its own
            return
        answers, unreadable = predicting.predict(bundle, inputs, top=top, tell=console.say)
        noun = kinds.of_model(bundle).NOUN
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, KeyboardInterrupt):
            _fail(error)
        return
    console.open_streams()
    try:
        if bundle.why_unchecked:
            console.say(bundle.why_unchecked)
        if guessing := warning.warn_of_guess(folder):
            console.say(guessing)
        console.end(screen.tell_answers(answers, unreadable, as_json, noun))
    except (Exception, KeyboardInterrupt) as error:
        _fail(error)


def _parse(words: list[str]) -> tuple[Path, list[str], int, bool] | None:
    """(bundle, pictures, --top, --json) of what follows `predict`; None for anything else."""
    plain: list[str] = []
    top, as_json, rest = 5, False, iter(words)
    for word in rest:
        if word == "--json":
            as_json = True
        elif word == "--top" or word.startswith("--top="):
            number = next(rest, "") if word == "--top" else word.removeprefix("--top=")
            if not (number.isascii() and number.isdigit() and int(number) > 0):
                return None
            top = int(number)
        elif word.startswith("-"):
            return None
        else:
            plain.append(word)
    if len(plain) < 2 or not os.path.isfile(Path(plain[0]) / "bundle.json"):
        return None
    return Path(plain[0]), plain[1:], top, as_json


def _fail(error: BaseException) -> None:
    from receta.cli.errors import fail

    if isinstance(error, BrokenPipeError):  # whoever read our output has enough
        console.end(0)
    fail(error, False)
