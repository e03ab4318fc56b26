"""How does the best rung's network become one whose probabilities can be relied on?

Five things are decided on the validation part. Three stand in calibration.json: which views
of a picture answer together (test-time augmentation), what the logits are divided by
(temperature), and from which probability on an answer is sure (abstention). Of labels each
has a threshold from which it is said, instead of the last two. The first two
are inside model.keras, so that whatever is exported has them too; the rungs' own networks
stay as they were trained, and so are the bounds of forecasts, moved by split conformal
prediction (`widened`). The last, in likeness.json, is how unlike the training pictures
one may be before it is none of the classes. It changes no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds, models, splitting, tasks
from receta.core import abstention, calibration, disk, likeness, trust
from receta.core.abstention import SURE
from receta.core.progress import Progress, tell_detail
from receta.core.seeds import rng
from receta.data.examples import Examples, Parts
from receta.training.result import RungResult
from receta.training.run import Run
from receta.training.views import merge_views, views

if TYPE_CHECKING:
    import keras

_TRIED = {
    "none": (),
    "mirror": ("mirror",),
    "shift": ("shift",),
    "auto": ("mirror", "shift", "mirror+shift"),
}
_STANDARD_ERRORS = 2.0  # that a loss must fall by: chance gets this far once in 44 times


def deliver(run: Run, parts: Parts, best: RungResult, progress: Progress) -> None:
    """Write model.keras and calibration.json of the chosen rung, from its own network."""
    validation, targets = parts.validation, parts.validation.targets
    model = run.networks[best.rung] = run.rung_model(best.rung)
    shape = model.input_shape[1:]
    chosen, tried, told = _choose_views(model, run, validation)
    head = _head(model)
    trained = head.get_weights() if head is not None else []
    if head is None and told.value != 1:  # a network that ends otherwise: as it is
        found = calibration.Temperature(1.0, len(targets), told.before, told.before)
    else:
        found = told
        _cool(head, found.value)
    delivered, task = merge_views(model, views(chosen, shape)), tasks.of(run.task)
    answers = run.answers(delivered, validation)
    between = splitting.fill_between(validation)
    widened = task.find_widening(run.answers(delivered, between), between.targets)
    if widened is not None:
        delivered = task.widen(delivered, widened)
        answers = run.answers(delivered, validation)
    with disk.replacing(run.folder / "model.keras") as temporary:
        delivered.save(temporary)
        trust.remember_like(
            temporary, run.folder / "rungs" / models.folder_name(best.rung) / "model.keras"
        )
    for name, content in kinds.of(parts.train).companions(run.specs).items():
        disk.write_json(run.folder / name, content, indent=None)
    if tasks.of(parts.train.task).IS_EXCLUSIVE and kinds.of(parts.train).NOUN.is_seen:
        _learn_likeness(run, delivered, parts)
    if head is not None:
        head.set_weights(trained)  # the network that is kept is the rung's own
    sure = (
        abstention.choose(answers, targets, run.recipe.max_error)
        if run.recipe.max_error is not None
        else None
    )
    disk.write_json(
        run.folder / "calibration.json",
        {
            "rung": best.rung,
            **found.to_json(),
            "views": chosen,
            "times": len(views(chosen, shape)),
            "tried": tried,
            "sure_from": sure.threshold if sure else SURE,
            "abstention": sure.to_json() if sure else None,
            "thresholds": task.thresholds(answers, targets),
            "margins": task.margins(answers, targets),
            "widened": widened,
        },
    )
    for one in tried:
        tell_detail(progress, _words(one, chosen))
    if found.value != 1:
        before, after = found.before, found.after
        tell_detail(
            progress,
            f"temperature {found.value:g}: on validation the loss goes from {before['loss']:.4f} "
            f"to {after['loss']:.4f}, "
            f"the calibration error from {before['ece']:.2%} to {after['ece']:.2%}",
        )
    if sure:
        progress.say(sure.sentence())


def _learn_likeness(run: Run, delivered: keras.Model, parts: Parts) -> None:
    """Write likeness.json, where the network has features to compare pictures by."""
    featured = models.add_features(delivered)
    if featured is None:
        return
    order = rng(run.recipe.seed, "likeness").permutation(len(parts.train))
    chosen = likeness.choose_rows(parts.train.targets, featured.outputs[1].shape[-1], order)
    if not len(chosen):
        return
    kept = run.features(delivered, parts.train.take(chosen))
    found = likeness.fit(kept, run.features(delivered, parts.validation))
    if found is not None:
        disk.write_json(run.folder / "likeness.json", found.to_json())


def _choose_views(
    model: keras.Model, run: Run, validation: Examples
) -> tuple[str, list[dict[str, Any]], calibration.Temperature]:
    """Kind of views, what was tried, and the temperature of the chosen kind.

    Views are taken where the loss of the very same examples falls by more than two
    standard errors, each side at its own temperature; so a mirror that turns one letter
    into another is not.
    """
    task, targets, shape = tasks.of(run.task), validation.targets, model.input_shape[1:]
    kinds = ("none", *_TRIED[run.recipe.tta])
    needed = dict.fromkeys(view for kind in kinds for view in views(kind, shape))
    seen = {view: run.answers(merge_views(model, (view,)), validation) for view in needed}

    def figures(kind: str) -> tuple[calibration.Temperature, np.ndarray]:
        answers = np.stack([seen[view] for view in views(kind, shape)])
        found = task.calibrate(answers, targets)
        return found, task.pool(answers, found.value)

    plain, answered = figures("none")
    losses = task.losses(answered, targets)
    best, told, most = "none", plain, 0.0
    tried: list[dict[str, Any]] = []
    for kind in kinds[1:]:
        found, answers = figures(kind)
        saved = losses - task.losses(answers, targets)
        error = float(saved.std(ddof=1) / np.sqrt(len(saved))) if len(saved) > 1 else float("inf")
        helps = bool(saved.mean() > _STANDARD_ERRORS * error)
        tried.append(
            {
                "views": kind,
                "times": len(views(kind, shape)),
                "loss": float((losses - saved).mean()),
                "saved": float(saved.mean()),
                "standard_error": error if np.isfinite(error) else None,
                "helps": helps,
                "accuracy": task.measure(answers, targets).value,
                "accuracy_without": task.measure(answered, targets).value,
            }
        )
        if helps and saved.mean() > most:
            best, told, most = kind, found, float(saved.mean())
    return best, tried, told


def _words(one: dict[str, Any], chosen: str) -> str:
    change = f"from {one['loss'] + one['saved']:.4f} to {one['loss']:.4f}"
    if one["views"] == chosen:
        end = f"used: a prediction takes {one['times']} times as long"
    else:
        end = (
            "less than another"
            if one["helps"]
            else "not used: not more than two standard errors better"
        )
    return (
        f"views {one['views']}: on validation the loss goes {change}, accuracy from "
        f"{one['accuracy_without']:.4f} to "
        f"{one['accuracy']:.4f}; {end}"
    )


def _head(model: Any) -> Any:
    """The dense layer with the softmax that a network ends in; None where it ends otherwise."""
    from keras import activations

    last = models.find_last_dense(model)
    return last if getattr(last, "activation", None) is activations.softmax else None


def _cool(head: Any, temperature: float) -> None:
    """Divide the logits of a dense layer, inside its weights: no class changes its place."""
    if temperature == 1:
        return
    for weights in (head.kernel, head.bias):
        if weights is not None:
            weights.assign(weights / temperature)
