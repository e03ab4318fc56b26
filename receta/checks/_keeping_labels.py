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

from receta.core.augmentations import ABOUT, MIXING
from receta.core.deadline import NEVER, Deadline
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.seeds import rng

NAME = "keeps_labels"
JUMPS = ("flip", "flip_vertical")
DOUBT = 0.01  # chance to refuse a harmless one, by each of the tests
# of the accuracy above a blind guess that must be left in a mirror, where the loss is beyond doubt
KEPT = 0.75
# of it that must be left for a model that has learnt from such pictures: else nothing is to be seen
# in them
READABLE = 0.5
CLASS_LOSS = 0.25  # of a class's accuracy, from which on a class alone can refuse
# of accuracy above a blind guess: with less there is nothing to lose, and nothing is seen
CLEARLY = 0.05
FEWEST, FEWEST_A_CLASS = 100, 10
_FOLDS, _LANDMARKS, _RIDGE, _WIDTH = 4, 400, 1e-4, 0.5


@dataclass(frozen=True)
class Judged:
    """(n,) class named for each example by models that have not learnt from it.

    plain: of the picture as it is, by the model of such pictures; turned: of its copy, by
    the same; after, after_turned: by the model that has learnt from copies too.
    """

    plain: np.ndarray
    turned: np.ndarray
    after: np.ndarray
    after_turned: np.ndarray


def keeping_labels(
    inputs: np.ndarray,
    targets: np.ndarray,
    class_names: Sequence[str],
    names: Sequence[str],
    strength: float,
    seed: int,
    *,
    asked_for: Sequence[str] = (),
    where: str = "",
    known: Sequence[Finding] = (),
    deadline: Deadline = NEVER,
    is_exclusive: bool = True,
) -> list[Finding]:
    """One finding for each of the names: `ok`, or `warn` where it should not be used.

    inputs: (n, height, width, c) uint8 training pictures; targets (n,). asked_for: those
    that the recipe names itself, which are used whatever is found. known: findings on the
    same data, which are not looked for again. deadline: when looking is over.
    is_exclusive: whether an example has exactly one class.
    """
    from threadpoolctl import threadpool_limits

    from receta.probing import features

    names = [name for name in names if name not in MIXING]
    if not names:
        return []
    if not is_exclusive:
        why = (
            "a picture may have several labels, of which a small model cannot tell what became "
            "of each"
        )
        return [_unjudged(name, why, name in asked_for, where) for name in names]
    counts = np.bincount(targets)
    if len(targets) < FEWEST or (counts >= FEWEST_A_CLASS).sum() < 2:
        why = f"{len(targets)} training examples are too few to judge by"
        return [_unjudged(name, why, name in asked_for, where) for name in names]
    findings = []
    # looks are taken at that size anyway, and varying large pictures takes long
    if min(inputs.shape[1:3]) > features.SIDE:
        inputs = np.rint(features.resized(inputs, features.SIDE)).astype(np.uint8)
    with threadpool_limits(1, "blas"):
        vectors: np.ndarray | None = None
        for name in names:
            before = next(
                (
                    one
                    for one in known
                    if one.check == NAME
                    and one.judged
                    and (one.facts.augmentation, one.facts.strength) == (name, strength)
                ),
                None,
            )
            if before is not None:
                findings.append(dataclasses.replace(before, where=_place(name, where)))
                continue
            if deadline.is_over():
                findings.append(
                    _unjudged(name, "the budget left no time to try it", name in asked_for, where)
                )
                continue
            if vectors is None:
                vectors = features.measure(inputs)["look"].astype(np.float32)
            copies = _copies(inputs, name, strength, seed)
            judged = _judged(
                vectors,
                features.measure(copies)["look"].astype(np.float32),
                targets,
                rng(seed, NAME),
            )
            findings.append(
                _verdict(name, judged, targets, class_names, name in asked_for, where, strength)
            )
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


def _judged(
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


def _verdict(
    name: str,
    judged: Judged,
    targets: np.ndarray,
    class_names: Sequence[str],
    asked: bool,
    where: str,
    strength: float,
) -> Finding:
    plain, turned = judged.plain == targets, judged.turned == targets
    after, after_turned = judged.after == targets, judged.after_turned == targets
    counts = np.bincount(targets)
    guess = float(counts.max() / len(targets))
    gain = float(after.mean() - plain.mean())
    above = float(plain.mean()) - guess
    if above < CLEARLY or _losses(plain, targets == counts.argmax()) > DOUBT:
        return _unjudged(
            name, "a small model tells these classes no better than a blind guess", asked, where
        )
    kept = (float(turned.mean()) - guess) / above
    readable = (float(after_turned.mean()) - guess) / above
    why = ""
    # else learning from mirrored pictures helps
    if name in JUMPS and not _losses(after, plain) < DOUBT:
        if kept < KEPT and _losses(plain, turned) < DOUBT:
            why = (
                f"mirrored pictures are named right in {turned.mean():.0%}, unmirrored in "
                f"{plain.mean():.0%}: {_confused(judged, targets, class_names)}"
            )
        else:
            why = _class_that_loses(judged, targets, class_names)
    if not why and _losses(plain, after) < DOUBT:
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
        _place(name, where),
        advice=advice,
        shown=shown,
        mended=bool(why) and not asked,
        facts=Facts(augmentation=name, strength=strength, left_out=bool(why) and not asked),
    )


def _unjudged(name: str, why: str, asked: bool, where: str) -> Finding:
    # what is not proven to keep labels, and may turn one class into another
    left = name in JUMPS and not asked
    return Finding(
        NAME,
        "ok",
        0.0,
        "points of accuracy",
        "no loss, and labels that stay",
        _place(name, where),
        advice=f"{why[0].upper()}{why[1:]}. "
        f"{_done(name, asked) if left else ABOUT[name].capitalize() + ': used.'}",
        judged=False,
        facts=Facts(augmentation=name, left_out=left),
    )


def _place(name: str, where: str) -> str:
    return f"{where}: {name}" if where else name


def _done(name: str, asked: bool) -> str:
    if asked:
        return f"It is used, since the recipe names {name}; take it out of augmentations."
    return f"{name} is left out of the training."


def _losses(before: np.ndarray, now: np.ndarray) -> float:
    """Chance of as many more losses than gains by luck (McNemar's exact test, one-sided)."""
    lost, won = int((before & ~now).sum()), int((~before & now).sum())
    return _chance(won, lost)


def _chance(fewer: int, more: int) -> float:
    """Chance that a fair coin falls on one side `more` times or more of all."""
    from scipy.stats import binom

    return float(binom.sf(more - 1, fewer + more, 0.5)) if fewer + more else 1.0


def _confused(judged: Judged, targets: np.ndarray, class_names: Sequence[str]) -> str:
    wrong = (judged.plain == targets) & (judged.turned != targets)
    pairs, counts = np.unique(
        np.stack([targets[wrong], judged.turned[wrong]]), axis=1, return_counts=True
    )
    best = int(counts.argmax())
    truth, named = pairs[:, best]
    of = int((targets == truth).sum())
    return (
        f"{counts[best]} of {of} of class {class_names[truth]} are then taken for "
        f"{class_names[named]}"
    )


def _class_that_loses(judged: Judged, targets: np.ndarray, class_names: Sequence[str]) -> str:
    """Which class alone a mirror turns into another, in words; empty for none."""
    classes = [label for label in np.unique(targets) if (targets == label).sum() >= FEWEST_A_CLASS]
    for label in classes:
        own = targets == label
        plain, turned = judged.plain[own] == label, judged.turned[own] == label
        after = judged.after[own] == label
        lost = float(plain.mean() - turned.mean())
        if (
            lost >= CLASS_LOSS
            and _losses(plain, turned) < DOUBT / len(classes)
            and _losses(after, plain) > DOUBT
        ):
            one = Judged(
                judged.plain[own], judged.turned[own], judged.after[own], judged.after_turned[own]
            )
            return (
                f"class {class_names[label]} does not stay itself: "
                f"{_confused(one, targets[own], class_names)}"
            )
    return ""
