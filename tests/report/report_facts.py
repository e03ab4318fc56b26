"""Which made-up runs does the report have to show well?"""

from __future__ import annotations

import dataclasses
import itertools
import math
from functools import cache

import numpy as np

from receta.core.finding import Finding
from receta.report import DataFacts, Facts, Mistake, Picture, RungFacts, Seen

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "it's {{ 7*7 }} {% raw %}",
    "line\nbreak\tand\x00nul",
    "\u202egnp.exe",
    "שלום עולם",
    "' onmouseover='alert(3)",
    "</style></title><svg onload=alert(4)>",
    "lone \udc80 surrogate",
    "W" * 90,
]


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """(1797, 8, 8, 1) uint8 pixels and their labels 0..9."""
    from sklearn.datasets import load_digits

    loaded = load_digits()
    return np.round(loaded.images / 16 * 255).astype(np.uint8)[..., None], loaded.target


def history(
    epochs: int, *, start: float, rate: float, gap: float, floor: float, seed: int
) -> list[dict[str, float]]:
    """A plausible course of training."""
    rng = np.random.default_rng(seed)
    told = []
    for epoch in range(1, epochs + 1):
        loss = floor + (start - floor) * math.exp(-rate * epoch)
        val_loss = loss * (1 + gap) + gap * 0.02 * epoch + float(rng.normal(0, 0.012))
        told.append(
            {
                "epoch": epoch,
                "loss": loss,
                "accuracy": min(1.0, math.exp(-loss)),
                "val_loss": max(0.01, val_loss),
                "val_accuracy": min(1.0, math.exp(-max(0.01, val_loss)) + 0.01),
                "learning_rate": 1e-3 * 0.5 * (1 + math.cos(math.pi * epoch / epochs)),
            }
        )
    return told


def ladder(epochs: int = 30) -> list[RungFacts]:
    """Prior, linear, mlp, cnn, and one that was stopped."""
    return [
        RungFacts(
            "prior",
            "Predicts the class frequencies; no weights that see the picture.",
            parameters=10,
            seconds=0.3,
            epochs_run=0,
            validation_accuracy=0.102,
            train_accuracy=0.101,
            precision="float32",
        ),
        RungFacts(
            "linear",
            "Softmax regression on the pixels.",
            parameters=650,
            seconds=2.1,
            images_per_second=41_800.0,
            precision="float32",
            epochs_run=epochs,
            best_epoch=epochs,
            validation_accuracy=0.948,
            train_accuracy=0.969,
            history=history(epochs, start=2.3, rate=0.16, gap=0.12, floor=0.11, seed=1),
        ),
        RungFacts(
            "mlp",
            "Dense 256 and 128 with relu (course S0).",
            parameters=50_698,
            seconds=3.4,
            images_per_second=28_100.0,
            precision="float32",
            epochs_run=epochs,
            best_epoch=max(1, epochs * 2 // 3),
            validation_accuracy=0.9704,
            train_accuracy=0.9992,
            history=history(epochs, start=2.3, rate=0.34, gap=0.35, floor=0.012, seed=2),
        ),
        RungFacts(
            "cnn",
            "Two 3 × 3 convolutions with pooling, after LeCun et al. 1998.",
            parameters=236_952,
            seconds=21.7,
            images_per_second=5_120.0,
            precision="float32",
            epochs_run=epochs,
            best_epoch=max(1, epochs - 2),
            validation_accuracy=0.9889,
            train_accuracy=0.9984,
            test_accuracy=0.9778,
            history=history(epochs, start=2.4, rate=0.42, gap=0.16, floor=0.01, seed=3),
        ),
        RungFacts(
            "xception",
            "Depthwise separable convolutions, Chollet 2017.",
            state="stopped",
            why="The check overfits_one_batch failed: the loss on one batch stayed at 1.2.",
            parameters=2_782_649,
            seconds=48.0,
            images_per_second=310.0,
            precision="mixed_bfloat16",
            epochs_run=2,
            best_epoch=2,
            validation_accuracy=0.31,
            train_accuracy=0.33,
            history=history(2, start=2.5, rate=0.3, gap=0.2, floor=0.4, seed=4),
        ),
    ]


def findings() -> list[Finding]:
    """Every check that has a picture, with each verdict, and one of no known name."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-1:1:5j, -1:1:5j]
    waves = [
        np.cos(3 * (x * math.cos(a) + y * math.sin(a))).round(3).tolist()
        for a in np.linspace(0, 3, 16)
    ]
    return [
        Finding("imbalance", "ok", 1.05, "ratio", "at most 10", where="train"),
        Finding(
            "near_duplicate",
            "warn",
            3,
            "pairs",
            "0 pairs across parts",
            where="test",
            pairs=(
                ("digit-0012", "digit-0931"),
                ("digit-0100", "digit-1202"),
                ("digit-0007", "digit-1500"),
            ),
            advice="Look at the pairs; if they show the same thing, leave one of each out.",
        ),
        Finding("label_error", "ok", 0, "examples", "0", advice=""),
        Finding(
            "loss_at_init",
            "ok",
            2.331,
            "nats",
            "2.303 ± 0.3 (ln 10)",
            where="cnn",
            shown={"measured": 2.331, "expected": 2.303},
        ),
        Finding(
            "beats_blind",
            "ok",
            0.887,
            "accuracy",
            "above the same net with zeroed pictures",
            where="cnn",
            shown={"real": 0.989, "blind": 0.102},
        ),
        Finding(
            "overfits_one_batch",
            "ok",
            0.0007,
            "nats",
            "below 0.01 after 240 steps",
            where="cnn",
            shown={
                "steps": list(range(0, 241, 4)),
                "loss": [2.33 * math.exp(-0.036 * s) + 4e-4 for s in range(0, 241, 4)],
            },
        ),
        Finding(
            "overfits_one_batch",
            "fail",
            1.21,
            "nats",
            "below 0.01 after 240 steps",
            where="xception",
            shown={
                "steps": list(range(0, 241, 4)),
                "loss": [1.2 + math.exp(-0.06 * s) for s in range(0, 241, 4)],
            },
            advice="The net is too deep for 8 × 8 pictures: its pools leave one pixel. Give it "
            "larger pictures.",
        ),
        Finding(
            "predictions_settle",
            "ok",
            0.004,
            "probability",
            "below 0.05 in the last epochs",
            where="cnn",
            shown={
                "epochs": list(range(1, 31)),
                "change": [
                    0.4 * math.exp(-0.2 * e) + 0.002 * float(rng.random()) for e in range(1, 31)
                ],
            },
        ),
        Finding(
            "filters_smooth",
            "ok",
            0.71,
            "neighbour correlation",
            "above 0.3",
            where="cnn",
            shown={"filters": waves},
        ),
        Finding(
            "capacity_helps",
            "ok",
            0.011,
            "nats",
            "training loss falls from rung to rung",
            where="",
            shown={"rungs": ["linear", "mlp", "cnn"], "losses": [0.12, 0.021, 0.011]},
        ),
        Finding(
            "loss_at_init",
            "ok",
            2.31,
            "nats",
            "2.303 ± 0.3 (ln 10)",
            where="mlp",
            shown={"measured": 2.31, "expected": 2.303},
        ),
        Finding("moon_phase", "ok", 0.00002, "", "anything"),
    ]


def scores(
    names: list[str], per_class: list[int], *, accuracy: float, linear: float, seed: int = 5
) -> dict:
    """Scores with a confusion matrix that has about the wanted accuracy."""
    rng = np.random.default_rng(seed)
    k = len(names)
    confusion = np.zeros((k, k), int)
    for i, n in enumerate(per_class):
        odds = rng.dirichlet(np.full(k, 0.12))
        odds[i] = 0
        odds = odds / (odds.sum() or 1) * (1 - accuracy)
        odds[i] = 1 - odds.sum()
        confusion[i] = rng.multinomial(n, odds)
    n, right = int(confusion.sum()), int(np.trace(confusion))
    found = right / n
    z = 1.96
    middle, half = (
        (found + z * z / 2 / n) / (1 + z * z / n),
        z * math.sqrt(found * (1 - found) / n + z * z / 4 / n / n) / (1 + z * z / n),
    )
    rows = []
    for i, name in enumerate(names):
        precision = float(confusion[i, i] / max(1, confusion[:, i].sum()))
        recall = float(confusion[i, i] / max(1, confusion[i].sum()))
        rows.append(
            {
                "class": name,
                "precision": precision,
                "recall": recall,
                "n": int(confusion[i].sum()),
                "f1": 2 * precision * recall / max(1e-9, precision + recall),
            }
        )
    pairs = sorted(
        (
            (int(confusion[i, j]), i, j)
            for i in range(k)
            for j in range(k)
            if i != j and confusion[i, j]
        ),
        reverse=True,
    )
    edges = np.linspace(0, 1, 11)
    calibration = [
        {
            "confidence": float((a + b) / 2),
            "accuracy": float(np.clip((a + b) / 2 - 0.06 * math.sin(3 * a), 0, 1)),
            "n": int(4 + n * 0.7 * a**9),
        }
        for a, b in itertools.pairwise(edges)
        if a >= 0.3
    ]
    return {
        "accuracy": found,
        "interval": [middle - half, middle + half],
        "n": n,
        "ece": 0.0213,
        "loss": 0.0871,
        "balanced_accuracy": float(np.mean([row["recall"] for row in rows])),
        "per_class": rows,
        "confusion": confusion.tolist(),
        "calibration": calibration,
        "baselines": {"prior": 0.1, "linear": linear},
        "top_confusions": [
            {"truth": names[i], "predicted": names[j], "n": c} for c, i, j in pairs[:12]
        ],
    }


def digits_facts() -> Facts:
    """Ten classes of grey 8 x 8 pixels: everything is there."""
    pixels, labels = digits()
    names = [str(digit) for digit in range(10)]
    samples = [
        Picture(pixels[row], names[digit], f"digit-{row:04d}")
        for digit in range(10)
        for row in np.flatnonzero(labels == digit)[:4]
    ]
    counts = np.bincount(labels, minlength=10)
    test = [int(n) for n in np.round(counts * 0.2)]
    validation = [int(n) for n in np.round(counts * 0.15)]
    train = [int(n) - v - t for n, v, t in zip(counts, validation, test, strict=True)]
    mistakes = [
        Mistake(
            pixels[row],
            f"digit-{row:04d}",
            names[labels[row]],
            names[(labels[row] + 5) % 10],
            [
                (names[(labels[row] + 5) % 10], 0.93 - i / 40),
                (names[labels[row]], 0.05 + i / 50),
                (names[(labels[row] + 1) % 10], 0.011),
            ],
        )
        for i, row in enumerate(range(30, 38))
    ]
    values = pixels.astype(np.float32) / 255
    return Facts(
        title="digits",
        data=DataFacts(
            n=int(counts.sum()),
            class_names=names,
            counts={"train": train, "validation": validation, "test": test},
            image_size=(8, 8, 1),
            smallest=(8, 8),
            median=(8, 8),
            largest=(8, 8),
            sizes_equal=True,
            fingerprint="b3f1c2a7c5e80d64",
            source="arrays('digits.npz')",
            split="stratified, seed 0",
            quarantined=[
                ("digit-0317", "duplicate of digit-0012"),
                ("digit-0487", "unreadable: not a picture: text"),
            ],
        ),
        created="2026-11-21T09:30:12+00:00",
        command="receta run digits.npz --rungs prior,linear,mlp,cnn,xception --seed 0 --out "
        "runs/digits",
        seconds=192.4,
        samples=samples,
        seen=Seen(
            [Picture(pixels[row], names[labels[row]], f"digit-{row:04d}") for row in range(8)],
            0.0,
            1.0,
            float(values.mean()),
            float(values.std()),
            "float32",
            "(64, 8, 8, 1)",
            np.histogram(values, 32, (0, 1))[0].tolist(),
        ),
        findings=findings(),
        rungs=ladder(),
        best="cnn",
        chosen="its validation accuracy is the highest, 98.9 %, and every check passed.",
        scores=scores(names, test, accuracy=0.978, linear=0.9472),
        mistakes=mistakes,
        environment={
            "receta": "0.1.0",
            "Python": "3.11.9",
            "Keras": "3.15.1",
            "backend": "tensorflow 2.21.0",
            "processor": "Intel Xeon Platinum 8488C, 2 cores",
            "threads": "2",
        },
        recipe=[
            ("rungs", ("prior", "linear", "mlp", "cnn", "xception"), "you"),
            ("image_size", None, "default"),
            ("epochs", 30, "default"),
            ("batch_size", 64, "default"),
            ("learning_rate", 1e-3, "rung"),
            ("seed", 0, "you"),
            ("dropout", 0.2, "default"),
            ("weight_decay", 1e-4, "default"),
        ],
        notes=["The test part was looked at once, after the choice was made."],
        files=[
            ("model.keras", "the network with its input layers"),
            ("recipe.toml", "every setting"),
            ("history.csv", "loss and accuracy of each epoch"),
            ("report.html", "this page"),
        ],
    )


def photos(n: int, seed: int = 0) -> list[np.ndarray]:
    """Colour pictures of many sizes with noise, the worst case for their file size."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        height, width = (int(side) for side in rng.integers(180, 500, 2))
        y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
        planes = [
            np.sin(6 * (x * a + y * b) + c) * 90 + 128 for a, b, c in rng.normal(0, 1, (3, 3))
        ]
        made.append(
            np.clip(np.stack(planes, -1) + rng.normal(0, 25, (height, width, 3)), 0, 255).astype(
                np.uint8
            )
        )
    return made


def photo_facts(pictures: list[np.ndarray] | None = None, labels: list[str] | None = None) -> Facts:
    """Two classes of colour photos of many sizes.

    The network is not shown to beat a linear model.
    """
    shown = pictures or photos(24)
    labels = labels or ["cat", "dog"] * (len(shown) // 2)
    base = digits_facts()
    made = scores(["cat", "dog"], [60, 84], accuracy=0.80, linear=0.764)
    made["baselines"]["prior"] = 0.583
    return dataclasses.replace(
        base,
        title="cats-vs-dogs",
        data=DataFacts(
            n=960,
            class_names=["cat", "dog"],
            counts={"train": [280, 392], "validation": [60, 84], "test": [60, 84]},
            image_size=(150, 150, 3),
            smallest=(57, 60),
            median=(374, 447),
            largest=(500, 1050),
            fingerprint="77aa01c9d2e4f613",
            source="image_zip('/data/cats-vs-dogs.zip')",
            split="by group 'hand\\d'",
            quarantined=[
                (f"cat/{i}.jpg", "truncated: the picture of 500 x 375 ends early, after 14 kB")
                for i in range(230)
            ],
        ),
        samples=[
            Picture(p, name, f"{name}/{i}.jpg")
            for i, (p, name) in enumerate(zip(shown, labels, strict=True))
        ][:16],
        seen=Seen(
            [
                Picture(p[:150, :150], name, f"{name}/{i}.jpg")
                for i, (p, name) in enumerate(zip(shown, labels, strict=True))
            ][:6],
            -1.0,
            1.0,
            -0.031,
            0.52,
            "float32",
            "(32, 150, 150, 3)",
            np.histogram(np.concatenate([p.ravel() for p in shown[:4]]) / 127.5 - 1, 32, (-1, 1))[
                0
            ].tolist(),
        ),
        rungs=ladder(12)[1:4],
        scores=made,
        mistakes=[
            Mistake(
                p,
                f"{name}/{i}.jpg",
                name,
                "dog" if name == "cat" else "cat",
                [("dog" if name == "cat" else "cat", 0.97 - i / 60), (name, 0.03 + i / 60)],
            )
            for i, (p, name) in enumerate(zip(shown, labels, strict=True))
        ][8:20],
        findings=[one for one in base.findings if one.verdict != "fail"],
    )


def many_facts(k: int = 36) -> Facts:
    """Many classes with long names, uneven counts, seven rungs."""
    pixels, _ = digits()
    plants = ["Rosa", "Quercus", "Acer", "Taraxacum", "Chamaenerion", "Symphyotrichum"]
    kinds = [
        "canina",
        "robur subsp. pedunculiflora",
        "pseudoplatanus",
        "officinale agg.",
        "novi-belgii",
        "angustifolium",
    ]
    names = [
        f"{plants[i % 6]} {kinds[i // 6 % 6]}" + (f" {i}" if i >= 36 else "") for i in range(k)
    ]
    rng = np.random.default_rng(9)
    test = [int(n) for n in rng.integers(9, 160, k)]
    base = digits_facts()
    extra = [
        dataclasses.replace(
            base.rungs[3], name=name, test_accuracy=None, validation_accuracy=0.9 + i / 100
        )
        for i, name in enumerate(
            ("cnn_batchnorm", "pretrained_mobilenet_v3", "pretrained_efficientnet")
        )
    ]
    return dataclasses.replace(
        base,
        title="alpine plants, summer 2026",
        data=dataclasses.replace(
            base.data,
            n=sum(test) * 10,
            class_names=names,
            counts={"train": [n * 8 for n in test], "validation": list(test), "test": list(test)},
            quarantined=(),
        ),
        samples=[
            Picture(pixels[3 * i + j], names[i], f"{names[i]}/{j}")
            for i in range(k)
            for j in range(3)
        ],
        rungs=[*base.rungs, *extra],
        scores=scores(names, test, accuracy=0.86, linear=0.62),
        mistakes=[
            Mistake(
                pixels[i],
                f"{names[i % k]}/IMG_2026-07-{i:02d}_very_long_file_name_of_a_camera.jpg",
                names[i % k],
                names[(i + 3) % k],
                [
                    (names[(i + 3) % k], 0.71),
                    (names[i % k], 0.2),
                    (names[(i + 1) % k], 0.05),
                    (names[(i + 2) % k], 0.03),
                    (names[(i + 4) % k], 0.01),
                ],
            )
            for i in range(12)
        ],
    )


def hostile_facts() -> Facts:
    """Every text that the user's files can bring is out to break the page."""
    base = digits_facts()
    k = len(HOSTILE)
    bad = HOSTILE[0] + HOSTILE[6] + HOSTILE[8] + HOSTILE[3]
    return dataclasses.replace(
        base,
        title=bad,
        command=f"receta run '{bad}'",
        chosen=bad,
        notes=HOSTILE,
        best=HOSTILE[7],
        data=dataclasses.replace(
            base.data,
            class_names=HOSTILE,
            source=bad,
            split=bad,
            fingerprint=bad,
            quarantined=[(one, one) for one in HOSTILE],
        ),
        samples=[
            Picture(one.pixels, HOSTILE[i % k], HOSTILE[i % k])
            for i, one in enumerate(base.samples)
        ],
        rungs=[
            dataclasses.replace(rung, name=name, origin=bad, why=bad, precision=bad)
            for rung, name in zip(
                base.rungs, [HOSTILE[0], "linear", HOSTILE[1], HOSTILE[7], HOSTILE[4]], strict=True
            )
        ],
        findings=[
            dataclasses.replace(
                one,
                check=bad,
                where=HOSTILE[i % k],
                unit=bad,
                expected=bad,
                advice=bad,
                ids=tuple(HOSTILE),
                pairs=((bad, bad),),
            )
            for i, one in enumerate(base.findings)
        ]
        + [
            Finding(
                "capacity_helps", "ok", 1.0, bad, bad, shown={"rungs": HOSTILE, "losses": [1.0] * k}
            )
        ],
        scores=scores(HOSTILE, [36] * 10, accuracy=0.9, linear=0.8),
        mistakes=[
            dataclasses.replace(
                one,
                id=bad,
                truth=HOSTILE[0],
                predicted=HOSTILE[1],
                top=[(HOSTILE[1], 0.9), (HOSTILE[0], 0.1)],
            )
            for one in base.mistakes
        ],
        environment={bad: bad},
        recipe=[(bad, bad, bad)],
        files=[(bad, bad)],
        created=bad,
    )


def minimal_facts() -> Facts:
    """Only what has no default."""
    return Facts("tiny", DataFacts(2, ["a", "b"], {"train": [1, 1]}, (4, 4, 1)))


def one_epoch_facts() -> Facts:
    """Histories of length 1, no test part."""
    return dataclasses.replace(digits_facts(), rungs=ladder(1)[:4], scores={}, mistakes=[])


CASES = {
    "digits": digits_facts,
    "photos": photo_facts,
    "many": many_facts,
    "hundred": lambda: many_facts(100),
    "hostile": hostile_facts,
    "minimal": minimal_facts,
    "one_epoch": one_epoch_facts,
}
