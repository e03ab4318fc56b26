"""Which score tells a picture of none of the classes, and how often is a right one refused?

Networks are trained on five sets; each is shown its own test part, the other sets, and pictures
that are made up. Every score gets its bound by the same rule from the validation part (97 % of it
lie below). Told of each set: the share that is refused, and the area under the ROC curve (AUROC)
against the right test pictures.

python benchmarks/none_of_these.py FOLDER [FASHION]    runs that FOLDER holds are not trained again
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _arms
import _table
import numpy as np

from receta import Recipe, journey, load, models
from receta.core import likeness
from receta.core.seeds import rng
from receta.data import image
from receta.pixels import decode
from receta.training import Run, parts_of

N, MADE_UP = 150, 60  # pictures shown of a set; of what is made up
SIDE = 224
Score = Callable[[np.ndarray], np.ndarray]
CNN, PHOTOS = {"rungs": ("cnn",)}, {"rungs": ("pretrained:EfficientNetLite0",), "fine_tune": 0}


def trained_on(shared: Path, fashion: Path) -> dict[str, tuple[str, str | None, dict[str, Any]]]:
    """Name of a run -> data, test data, recipe."""
    signs, letters = str(shared / "sign-digits" / "sign-digits.zip"), shared / "sign-letters"
    found: dict[str, tuple[str, str | None, dict[str, Any]]] = {
        "digits": ("digits", None, {**CNN, "epochs": 25}),
        "letters": (
            str(letters / "sign_letters_28x28_train_hands_1_2.csv.gz"),
            str(letters / "sign_letters_28x28_test_hands_3_4.csv.gz"),
            {**CNN, "epochs": 25},
        ),
        "fashion": (str(fashion), None, {**CNN, "epochs": 8}),
        "signscnn": (signs, None, {**CNN, "epochs": 12, "image_size": (64, 64)}),
        "signs": (signs, None, PHOTOS),
        "cats": (str(shared / "cats-vs-dogs" / "cats-vs-dogs.zip"), None, PHOTOS),
    }
    return {name: one for name, one in found.items() if name != "fashion" or fashion.exists()}


def shown(shared: Path, fashion: Path) -> dict[str, list[np.ndarray]]:
    """Name of a set -> its pictures, uint8 (height, width, 1 or 3)."""
    letters = shared / "sign-letters"
    sets = {
        "digits": some("digits", 8, 1),
        "letters": some(letters / "sign_letters_28x28_train_hands_1_2.csv.gz", 28, 1),
        "hands": some(letters / "sign-letters.zip", SIDE, 3),
        "signs": some(shared / "sign-digits" / "sign-digits.zip", 100, 3),
        "cats": some(shared / "cats-vs-dogs" / "cats-vs-dogs.zip", SIDE, 3),
        "cifar": some(shared / "cifar10" / "cifar10-jpeg-10k-2k.npz", 32, 3),
        "photos": crops(),
        "noise": list(noise()),
        "clouds": list(clouds()),
        "flat": list(
            rng(0, "flat")
            .integers(0, 256, (MADE_UP, 1, 1, 3))
            .astype(np.uint8)
            .repeat(SIDE, axis=1)
            .repeat(SIDE, axis=2)
        ),
        "patterns": patterns(),
    }
    return sets | ({"fashion": some(fashion, 28, 1)} if fashion.exists() else {})


def some(source: str | Path, side: int, channels: int) -> list[np.ndarray]:
    """Pictures of a set, drawn by chance."""
    data = load(str(source))
    data = data.take(np.sort(rng(0, "shown").permutation(len(data))[:N]))
    return list(decode(data, (side, side), channels).take(data.rows))


def crops() -> list[np.ndarray]:
    """Parts of the two photos that come with scikit-learn: a temple, a flower."""
    from sklearn.datasets import load_sample_images

    draw, found = rng(0, "crops"), []
    for photo in load_sample_images().images:
        for _ in range(MADE_UP // 2):
            side = int(draw.integers(150, 420))
            top, left = (int(draw.integers(0, whole - side)) for whole in photo.shape[:2])
            found.append(image.resize(photo[top : top + side, left : left + side], (SIDE, SIDE), 3))
    return found


def noise() -> np.ndarray:
    """Every pixel by chance."""
    return rng(0, "noise").integers(0, 256, (MADE_UP, SIDE, SIDE, 3)).astype(np.uint8)


def clouds() -> np.ndarray:
    """Noise that was blurred, little to much."""
    from scipy.ndimage import gaussian_filter

    made = []
    for number, plain in enumerate(rng(0, "clouds").normal(size=(MADE_UP, SIDE, SIDE, 3))):
        soft = gaussian_filter(plain, (2.0 * (1 + number % 8),) * 2 + (0,))
        made.append(255 * (soft - soft.min()) / np.ptp(soft))
    return np.stack(made).astype(np.uint8)


def patterns() -> list[np.ndarray]:
    """Test patterns: bars, squares, a gradient, rings, a disc as Chromium's camera shows it,
    stripes.
    """
    draw, found = rng(0, "patterns"), []
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    bars = np.array(
        [
            [192, 192, 192],
            [192, 192, 0],
            [0, 192, 192],
            [0, 192, 0],
            [192, 0, 192],
            [192, 0, 0],
            [0, 0, 192],
        ]
    )
    for number in range(MADE_UP):
        ink, n = draw.integers(0, 256, (4, 3)), int(draw.integers(2, 24))
        slope = x * np.cos(number) + y * np.sin(number)
        share = ((slope - slope.min()) / np.ptp(slope))[..., None]
        disc = np.hypot(x - SIDE / 2, y - SIDE / 2) < 0.3 * SIDE
        found.append(
            [
                np.roll(bars, number // 6, axis=0)[x * 7 // SIDE],
                ink[(x * n // SIDE + y * n // SIDE) % 2],
                ink[0] * (1 - share) + ink[1] * share,
                ink[(np.hypot(x - SIDE / 3, y - SIDE / 2) // (2 + n)).astype(int) % 2],
                ink[disc + 2 * (y < SIDE // 10)],
                ink[x * n // SIDE % 2],
            ][number % 6].astype(np.uint8)
        )
    return found


def scores(
    train: np.ndarray, targets: np.ndarray, validation: np.ndarray, head: Any
) -> dict[str, Score]:
    """Name -> how unlike the training features (n, width) are, by each way that is compared."""
    from scipy.special import logsumexp

    kernel, bias = (np.asarray(one, np.float64) for one in (head.kernel, head.bias))
    means = np.stack([train[targets == one].mean(axis=0) for one in np.unique(targets)])
    centred = train - means[np.unique(targets, return_inverse=True)[1]]
    spread = centred.T @ centred / len(train)
    # shrunk: there are more numbers than pictures
    spread = 0.9 * spread + 0.1 * np.trace(spread) / len(spread) * np.eye(len(spread))
    values, axes = np.linalg.eigh(spread)
    whitened = axes / np.sqrt(values)
    order = rng(0, "likeness").permutation(len(train))

    def probability(features: np.ndarray) -> np.ndarray:
        logits = features @ kernel + bias
        return 1 - np.exp(logits.max(axis=1) - logsumexp(logits, axis=1))

    def mahalanobis(features: np.ndarray) -> np.ndarray:
        there, kept = features @ whitened, means @ whitened
        return ((there**2).sum(axis=1)[:, None] - 2 * there @ kept.T + (kept**2).sum(axis=1)).min(
            axis=1
        )

    def cosines(features: np.ndarray, kept: np.ndarray) -> np.ndarray:
        return 1 - (likeness._unit(features) @ likeness._unit(kept).T).max(axis=1)

    chosen = likeness.fit(train[likeness.choose_rows(targets, train.shape[1], order)], validation)
    if chosen is None:
        raise ValueError("no features to compare with")
    return {
        "probability": probability,
        "energy": lambda features: -logsumexp(features @ kernel + bias, axis=1),
        "Mahalanobis": mahalanobis,
        "class means": lambda features: cosines(features, means),
        "all training": lambda features: cosines(features, train),
        "chosen": chosen.unlike,
    }


def auroc(right: np.ndarray, other: np.ndarray) -> float:
    """Share of pairs in which the other picture is the more unlike one."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([right, other]))[len(right) :]
    return float((ranks.sum() - len(other) * (len(other) + 1) / 2) / (len(right) * len(other)))


def measured(name: str, run: Run, sets: dict[str, list[np.ndarray]]) -> list[list[object]]:
    """Rows of the table for one run: a score each."""
    model = run.model()
    featured = models.add_features(model)
    about = run.about["data"]
    parts = parts_of(run, load(about["source"], test=about["test"]))
    pixels = run.pixels(parts.union())

    def of(pictures: np.ndarray) -> np.ndarray:
        return np.asarray(featured.predict(pictures, batch_size=32, verbose=0)[1], np.float64)

    train = parts.train.take(np.sort(rng(0, "train").permutation(len(parts.train))[:2500]))
    own = [
        run.features(model, pixels, part).astype(np.float64)
        for part in (train, parts.validation, parts.test)
    ]
    others = {
        one: of(
            np.stack(
                [
                    image.resize(picture, run.input_shape[:2], run.input_shape[2], fit=run.fit)
                    for picture in pictures
                ]
            )
        )
        for one, pictures in sets.items()
        if one != name.removesuffix("cnn")
    }
    rows = []
    for title, score in scores(
        own[0], train.targets, own[1], models.find_last_dense(model)
    ).items():
        validation, right = score(own[1]), score(own[2])
        bound = np.sort(validation)[
            min(len(validation), int(np.ceil((len(validation) + 1) * likeness.KEPT))) - 1
        ]
        found = {one: score(features) for one, features in others.items()}
        refused = {one: float((values > bound).mean()) for one, values in found.items()}
        cells = [
            f"{100 * refused[one]:.0f} ({auroc(right, found[one]):.2f})" if one in found else ""
            for one in sets
        ]
        rows.append(
            [
                name,
                title,
                f"{100 * (right > bound).mean():.1f}",
                f"{100 * np.mean(list(refused.values())):.0f}",
                f"{np.mean([auroc(right, values) for values in found.values()]):.3f}",
                *cells,
            ]
        )
    return rows


def main() -> None:
    shared = _table.real_data()
    if shared is None:
        return print("the developers' real data are not here.")
    folder = Path(sys.argv[1])
    fashion = Path(sys.argv[2]) if len(sys.argv) > 2 else _arms._FASHION
    sets, rows, notes = shown(shared, fashion), [], []
    for name, (data, test, settings) in trained_on(shared, fashion).items():
        ended = (folder / name / "result.json").exists()
        run = (
            Run.open(folder / name)
            if ended
            else journey.run(
                data, test=test, out=folder / name, recipe=Recipe(**settings), force=True
            )
        )
        notes.append(
            f"`{name}`: {run.best['rung']}, {100 * (run.scores or {})['accuracy']:.1f} % of its "
            "test pictures right, "
            f"features of {models.find_last_dense(run.model()).kernel.shape[0]} numbers."
        )
        rows += measured(name, run, sets)
    notes += [
        "Right: share in percent of the test part that is refused; the rule aims at 3 %. Others: "
        "mean share refused "
        "of all sets, and mean AUROC. Then each set: share refused in percent (AUROC).",
        "`chosen`: 1 minus the largest cosine with kept training features "
        "(`receta/core/likeness.py`); `all training`: "
        "with up to 2,500.",
    ]
    _table.write(
        "none_of_these",
        "None of these",
        "Which score tells a picture that is none of the classes?",
        ["trained on", "score", "right", "others", "AUROC", *sets],
        rows,
        notes,
    )


if __name__ == "__main__":
    main()
