"""What does a model say of examples that nobody has labelled? The door `predict`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta import kinds, tasks
from receta.core.abstention import SURE
from receta.core.amounts import counted
from receta.core.conformal import tell_interval
from receta.core.errors import InputError
from receta.core.likeness import Likeness, tell_unlike
from receta.core.predictor import Predictor, ask
from receta.core.shown import Shown, as_frame
from receta.data.dataset import Quarantined
from receta.data.nouns import NOUNS, Noun
from receta.data.texts import Written
from receta.evaluation import warning
from receta.evaluation.decisions import Decision

_BATCH = 256


class Predictions(list[dict[str, Any]], Shown):
    """What a model says of each example, in order.

    `unreadable`: those that it could not see. noun: what they are called. warning: what to know
    before an answer is trusted; '' for nothing.

    >>> Predictions(
    ...     [{"id": "a.jpg", "top": [{"class": "cat", "probability": 0.97}], "sure": True}]
    ... )
    Predictions(1 picture)
      a.jpg: cat 97.0%
    """

    unreadable: Sequence[Quarantined] = ()
    noun: Noun = NOUNS["images"]
    warning: str = ""

    def __repr__(self) -> str:
        lines = [f"Predictions({counted(len(self), self.noun.many)})"]
        for one in self[:10]:
            if values := tasks.say_values(one):
                lines.append(f"  {'after ' if 'after' in one else ''}{one['id']}: {values}")
                continue
            named = (
                ", ".join(one["labels"]) or "no label"
                if "labels" in one
                else one["top"][0]["class"]
            )
            if one.get("none"):
                lines.append(f"  {one['id']}: none of these (nearest: {named})")
                continue
            share = f"{one['top'][0]['probability']:.1%}"
            lines.append(f"  {one['id']}: {named} {share}{'' if one['sure'] else ' (not sure)'}")
        lines += [f"  and {len(self) - 10:,} more"] * (len(self) > 10)
        lines += [f"  cannot be read: {gone.id}: {gone.reason}" for gone in self.unreadable[:3]]
        lines += [f"  {self.warning}"] * bool(self.warning)
        return "\n".join(lines)

    def frame(self) -> Any:
        """A pandas DataFrame, an example a row, its first answer beside it.

        MissingExtra without pandas.
        """
        more = ("sure", "none", "unlike")
        rows: list[dict[str, Any]] = [
            {"id": one["id"], **one["top"][0]} if "top" in one else dict(one) for one in self
        ]
        for row, one in zip(rows, self, strict=True):
            row |= {name: one[name] for name in more if name in one}
        return as_frame(rows)


def _say_nothing(note: str) -> None:
    """Nothing: the default of the library."""


def take_written(model: Predictor, texts: Sequence[str]) -> list[Written]:
    """Texts that somebody typed, as `predict` takes them; InputError for a model of others."""
    noun = kinds.of_model(model).NOUN
    if texts and not noun.is_written:
        raise InputError(
            f"--text is for models of texts, and this one is of {noun.many}; expected files. Name "
            "them in its place."
        )
    return [Written(text) for text in texts]


def predict(
    model: Predictor,
    inputs: Sequence[str | Path],
    *,
    top: int = 5,
    tell: Callable[[str], None] = _say_nothing,
) -> tuple[list[dict[str, Any]], list[Quarantined]]:
    """What a model says of files: most probable classes of pictures, values of rows.

    Returns one dict an example (id, top [{class, probability}], sure; none and unlike, where the
    model knows how unlike its training pictures one is; labels, those that it has, where it may
    have several; decision, the class of the least cost, where the recipe stated costs) and the
    pictures that cannot be read, each with its reason. tell gets a line for what is passed over in
    a folder. Raises InputError for a path that is neither, a folder without pictures, or a bundle
    that does not take pictures.
    """
    refuse_other_inputs(model)
    kind = kinds.of_model(model)
    answers: list[dict[str, Any]] = []
    unreadable: list[Quarantined] = []
    names: list[str] = []
    gathered: list[np.ndarray] = []

    def predict_gathered() -> None:
        if gathered:
            said, unlike = ask(model, np.stack(gathered))
            for name, words in zip(names, answer(model, said, unlike, top=top), strict=True):
                when = {"after": name} if NOUNS[kind.KIND].in_time else {}
                answers.append({"id": name, **when, **words})
        names.clear()
        gathered.clear()

    for name, read in kind.parse(model, inputs, tell):
        if isinstance(read, Quarantined):
            unreadable.append(read)
            continue
        names.append(name)
        gathered.append(read)
        if len(gathered) == _BATCH:
            predict_gathered()
    predict_gathered()
    return answers, unreadable


def answer(
    model: Predictor,
    said: np.ndarray,
    unlike: np.ndarray | None,
    *,
    top: int,
    sure_from: float | None = None,
) -> list[dict[str, Any]]:
    """What a model says of each example, for JSON: here, in `predict` and from the server.

    said, unlike: as `ask` gives them. sure_from: in place of the model's own. Without it, no
    answer of a model that is not better than guessing is sure.
    """
    task = tasks.of(getattr(model, "task", "classes"))
    likeness: Likeness | None = getattr(model, "likeness", None)
    known: float = getattr(model, "sure_from", SURE)
    answers = [
        {
            **task.answer(
                one,
                model.class_names,
                top,
                sure_from=known if sure_from is None else sure_from,
                thresholds=getattr(model, "thresholds", None),
            ),
            **tell_interval(getattr(model, "margins", None), one),
            **tell_unlike(likeness, unlike, position),
        }
        for position, one in enumerate(said)
    ]
    if sure_from is None and warning.find_word(model) == warning.POOR:
        answers = [{**one, "sure": False} if "sure" in one else one for one in answers]
    if stated := getattr(model, "decision", None):
        named = Decision.from_json(stated).answers(said)
        for words, position in zip(answers, named, strict=True):
            words["decision"] = model.class_names[int(position)]
    return answers


def refuse_other_inputs(model: Predictor) -> None:
    """InputError for anybody's network that does not name classes of pictures, with what it lacks.

    What receta trained says itself how its examples are read.
    """
    if getattr(model, "specs", ()) or getattr(model, "takes_pictures", True):
        return
    inputs: Sequence[Any] = model.inputs  # type: ignore[attr-defined]
    shape, when = inputs[0].shape, "; of a bundle when it is exported"
    if len(inputs) > 1 or len(shape) != 3 or None in shape or shape[2] not in (1, 3):
        taken = (
            f"{len(inputs)} inputs" if len(inputs) > 1 else f"{inputs[0].dtype} of shape {shape}"
        )
        lacks = (
            f"it takes {taken}; expected pixels (height, width, 1 or 3) of one size. Ask it "
            "with receta.Bundle.open(...).answers"
        )
    elif not inputs[0].pictures:
        lacks = (
            f"it takes {inputs[0].dtype} pictures, and nothing tells their values; expected "
            "pixels. Say --pixels 0..1, or what it was "
            f"trained on{when}"
        )
    elif len(model.class_names) == 1:
        lacks = (
            "it gives one number; expected a probability of each class. Say --names A,B, "
            f"where it is the probability of B{when}"
        )
    else:
        lacks = (
            f"the {len(model.class_names)} numbers that it gives are no probabilities; "
            f"expected such. Of logits, say --logits{when}"
        )
    raise InputError(f"this network does not name classes of pictures: {lacks}.")
