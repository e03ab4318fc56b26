"""Do labels outlive each way of varying the pictures, on these data?

A small model says it, before anything is trained. It learns from the pictures as they are,
and once more with varied copies added under the same labels; both are judged on pictures
that they have not seen. Copies that make it worse on unvaried pictures destroy labels. A
mirror is asked for more, since it jumps where others move a little: that its pictures are
named as before by the model that never saw one (so that such pictures occur in the data),
or that learning from them helps. The letter b in a mirror is named d, a mirrored cat a cat.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.checks.augmenting.answers import (
    DOUBT,
    FEWEST,
    FEWEST_A_CLASS,
    Judged,
    chance_of_losses,
    say_confused,
    say_losing_class,
)
from receta.core.augmentations import ABOUT, MIXING
from receta.core.deadline import NEVER, Deadline
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.seeds import rng

NAME = "keeps_labels"
JUMPS = ("flip", "flip_vertical")
# of the accuracy above a blind guess that must be left in a mirror, where the loss is beyond doubt
KEPT = 0.75
# of it that must be left for a model that has learnt from such pictures: else nothing is to be seen
# in them
READABLE = 0.5
# of accuracy above a blind guess: with less there is nothing to lose, and nothing is seen
CLEARLY = 0.05
_FOLDS, _LANDMARKS, _RIDGE, _WIDTH = 4, 400, 1e-4, 0.5


@dataclass(frozen=True)
class Trial:
    """Which augmentations are asked about, on which pictures.

    inputs: (n, height, width, c) uint8 training pictures; targets (n,). asked_for: those
    that the recipe names itself, which are used whatever is found. where: name of the rung.
    deadline: when looking is over. is_exclusive: whether an example has exactly one class.
    """

    inputs: np.ndarray
    targets: np.ndarray
    class_names: Sequence[str]
    names: Sequence[str]
    strength: float
    seed: int
    asked_for: Sequence[str] = ()
    where: str = ""
    deadline: Deadline = NEVER
    is_exclusive: bool = True

    def place(self, name: str) -> str:
        """Where a finding about an augmentation is."""
        return f"{self.where}: {name}" if self.where else name


def keeping_labels(trial: Trial, known: Sequence[Finding] = ()) -> list[Finding]:
    """One finding for each of the names: `ok`, or `warn` where it should not be used.

    known: findings on the same data, which are not looked for again.
    """
    from threadpoolctl import threadpool_limits

    from receta.probing import features

    names = [name for name in trial.names if name not in MIXING]
    if not names:
        return []
    if not trial.is_exclusive:
        why = (
            "a picture may have several labels, of which a small model cannot tell what became "
            "of each"
        )
        return [_unjudged(name, why, trial) for name in names]
    inputs, targets = trial.inputs, trial.targets
    counts = np.bincount(targets)
    if len(targets) < FEWEST or (counts >= FEWEST_A_CLASS).sum() < 2:
        why = f"{len(targets)} training examples are too few to judge by"
        return [_unjudged(name, why, trial) for name in names]
    findings = []
    # looks are taken at that size anyway, and varying large pictures takes long
    if min(inputs.shape[1:3]) > features.SIDE:
        inputs = np.rint(features.resize(inputs, features.SIDE)).astype(np.uint8)
    with threadpool_limits(1, "blas"):
        vectors: np.ndarray | None = None
        for name in names:
            before = next(
                (
                    one
                    for one in known
                    if one.check == NAME
                    and one.judged
                    and (one.facts.augmentation, one.facts.strength) == (name, trial.strength)
                ),
                None,
            )
            if before is not None:
                findings.append(dataclasses.replace(before, where=trial.place(name)))
                continue
            if trial.deadline.is_over():
                findings.append(_unjudged(name, "the budget left no time to try it", trial))
                continue
            if vectors is None:
                vectors = features.measure(inputs)["look"].astype(np.float32)
            copies = _copies(inputs, name, trial.strength, trial.seed)
            judged = _judge(
                vectors,
                features.measure(copies)["look"].astype(np.float32),
                targets,
                rng(trial.seed, NAME),
            )
            findings.append(_decide(name, judged, trial))
    return findings


def left_out(findings: Sequence[Finding]) -> set[str]:
    """Names of augmentations that the findings advise against."""
    return {
        finding.facts.augmentation
        for finding in findings
        if finding.check == NAME and finding.facts.left_out
    }


def _copies(inputs: np.ndarray, name: str, strength: float, seed: int) -> np.ndarray:
    """What training would make of the pictures; a mirror takes all of them."""
    if name in JUMPS:
        return np.ascontiguousarray(np.flip(inputs, 2 if name == "flip" else 1))
    from keras import ops

    from receta.pipeline.augmentation.layer import Augment

    layer = Augment([name], strength, seed)
    return np.concatenate(
        [
            np.asarray(ops.convert_to_numpy(layer(inputs[start : start + 128], training=True)))
            for start in range(0, len(inputs), 128)
        ]
    )


def _judge(
    vectors: np.ndarray, copies: np.ndarray, targets: np.ndarray, chance: np.random.Generator
) -> Judged:
    from receta.probing import small_model

    n, wanted = len(vectors), np.eye(int(targets.max()) + 1, dtype=np.float32)[targets]
    fold = small_model.folds(targets, None, chance, _FOLDS)
    both = np.concatenate([vectors, copies])
    marks = both[np.sort(chance.permutation(2 * n)[:_LANDMARKS])]
    spread = max(float(vectors.var(axis=0, dtype=np.float64).sum()), 1e-12)
    mapped = small_model.on_landmarks(both, marks, _WIDTH / spread)
    first, second = mapped[:n], mapped[n:]
    named = np.zeros((4, n), np.int64)
    for one in range(_FOLDS):
        held, rest = fold == one, fold != one
        gram, answers = first[rest].T @ first[rest], first[rest].T @ wanted[rest]
        more = (gram + second[rest].T @ second[rest], answers + second[rest].T @ wanted[rest])
        for place, (square, product, weight) in enumerate(((gram, answers, 1), (*more, 2))):
            ridge = _RIDGE * weight * int(rest.sum()) * np.eye(len(square))
            solved = np.linalg.solve(square.astype(np.float64) + ridge, product.astype(np.float64))
            named[2 * place, held] = (first[held] @ solved).argmax(axis=1)
            named[2 * place + 1, held] = (second[held] @ solved).argmax(axis=1)
    return Judged(*named)


def _decide(name: str, judged: Judged, trial: Trial) -> Finding:
    targets, class_names, asked = trial.targets, trial.class_names, name in trial.asked_for
    plain, turned = judged.plain == targets, judged.turned == targets
    after, after_turned = judged.after == targets, judged.after_turned == targets
    counts = np.bincount(targets)
    guess = float(counts.max() / len(targets))
    gain = float(after.mean() - plain.mean())
    above = float(plain.mean()) - guess
    if above < CLEARLY or chance_of_losses(plain, targets == counts.argmax()) > DOUBT:
        why = "a small model tells these classes no better than a blind guess"
        return _unjudged(name, why, trial)
    kept = (float(turned.mean()) - guess) / above
    readable = (float(after_turned.mean()) - guess) / above
    why = ""
    # else learning from mirrored pictures helps
    if name in JUMPS and not chance_of_losses(after, plain) < DOUBT:
        if kept < KEPT and chance_of_losses(plain, turned) < DOUBT:
            why = (
                f"mirrored pictures are named right in {turned.mean():.0%}, unmirrored in "
                f"{plain.mean():.0%}: {say_confused(judged, targets, class_names)}"
            )
        else:
            why = say_losing_class(judged, targets, class_names)
    if not why and chance_of_losses(plain, after) < DOUBT:
        why = f"learning from such copies costs {-gain:.1%} of accuracy on pictures as they are"
    elif not why and readable < READABLE:
        why = "little is to be recognised on such copies, even after learning from them"
    shown = {
        "plain": round(float(plain.mean()), 4),
        "copies": round(float(turned.mean()), 4),
        "after": round(float(after.mean()), 4),
        "copies_after": round(float(after_turned.mean()), 4),
    }
    advice = "" if not why else f"{why[0].upper()}{why[1:]}. {_done(name, asked)}"
    return Finding(
        NAME,
        "warn" if why else "ok",
        round(100 * gain, 2),
        "points of accuracy",
        "no loss, and labels that stay",
        trial.place(name),
        advice=advice,
        shown=shown,
        mended=bool(why) and not asked,
        facts=Facts(augmentation=name, strength=trial.strength, left_out=bool(why) and not asked),
    )


def _unjudged(name: str, why: str, trial: Trial) -> Finding:
    asked = name in trial.asked_for
    # what is not proven to keep labels, and may turn one class into another
    left = name in JUMPS and not asked
    return Finding(
        NAME,
        "ok",
        0.0,
        "points of accuracy",
        "no loss, and labels that stay",
        trial.place(name),
        advice=f"{why[0].upper()}{why[1:]}. "
        f"{_done(name, asked) if left else ABOUT[name].capitalize() + ': used.'}",
        judged=False,
        facts=Facts(augmentation=name, left_out=left),
    )


def _done(name: str, asked: bool) -> str:
    if asked:
        return f"It is used, since the recipe names {name}; take it out of augmentations."
    return f"{name} is left out of the training."
