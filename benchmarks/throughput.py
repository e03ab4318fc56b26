"""How fast does receta train the courses' network, against a plain Keras script?

Same network, same pictures, batch 128, the same test pictures; each arm in a process of
its own, in turns, three seeds. Speed is the median of the epochs after the first.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import _table
import numpy as np

EPOCHS, BATCH, SEEDS, TRAIN, VALIDATION, TEST = 5, 128, (0, 1, 2), 12_000, 2_000, 4_000
FASHION = Path("/usr/share/datasets/fashion-mnist")  # of Debian's dataset-fashion-mnist

PLAIN = textwrap.dedent("""
    import json, os, sys, time
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np, keras
    stored, seed, epochs, batch = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    keras.utils.set_random_seed(seed)
    l2 = keras.regularizers.L2(1e-5)
    model = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(128, 3, activation="relu"),
        keras.layers.MaxPooling2D(), keras.layers.Flatten(), keras.layers.Dense(256, activation="relu", kernel_regularizer=l2),
        keras.layers.Dropout(0.2), keras.layers.Dense(128, activation="relu", kernel_regularizer=l2),
        keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    class Clock(keras.callbacks.Callback):
        seconds = []
        def on_epoch_begin(self, epoch, logs=None): self.began = time.perf_counter()
        def on_epoch_end(self, epoch, logs=None): self.seconds.append(time.perf_counter() - self.began)
    clock = Clock()
    model.fit(stored["x_train"], stored["y_train"], batch_size=batch, epochs=epochs, verbose=0, callbacks=[clock])
    accuracy = float((model.predict(stored["x_test"], verbose=0).argmax(1) == stored["y_test"]).mean())
    print(json.dumps({"speed": len(stored["y_train"]) / sorted(clock.seconds[1:])[len(clock.seconds[1:]) // 2], "accuracy": accuracy}))
""")

RECETA = textwrap.dedent("""
    import json, sys, tempfile
    import numpy as np
    from receta import Recipe, Splits, load, train
    data, seed, epochs, batch = load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    own = np.array(data.parts)
    test = data.take(own == "test")
    # Other pictures choose the epoch; the plain script keeps its last.
    parts = Splits(data.take(own == "train"), data.take(own == "validation"), test)
    recipe = Recipe(rungs=("course_cnn",), seed=seed, epochs=epochs, batch_size=batch)
    with tempfile.TemporaryDirectory() as folder:
        run = train(parts, recipe, folder, force=True)
        rung = run.rungs[0]
        from receta.training.networks import predict
        accuracy = float((predict(run.model(), run.examples(test)).argmax(1) == test.targets).mean())
    print(json.dumps({"speed": rung.images_per_second, "accuracy": accuracy, "why": rung.why}))
""")


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        data = _data(Path(folder) / "data.npz")
        os.environ["RECETA_CACHE"] = folder
        runs: dict[str, list[dict[str, float]]] = {"plain": [], "receta": []}
        why = ""
        for seed in SEEDS:
            for arm, script in (("plain", PLAIN), ("receta", RECETA)):
                words = [
                    sys.executable,
                    "-c",
                    script,
                    str(data),
                    str(seed),
                    str(EPOCHS),
                    str(BATCH),
                ]
                said = json.loads(
                    subprocess.run(
                        words, check=True, capture_output=True, text=True
                    ).stdout.splitlines()[-1]
                )
                why = said.pop("why", why)
                runs[arm].append(said)
                print(arm, seed, said, flush=True)
    rows: list[list[object]] = []
    for arm in runs:
        speeds, accuracies = ([run[name] for run in runs[arm]] for name in ("speed", "accuracy"))
        rows.append(
            [
                arm,
                f"{statistics.median(speeds):.0f}",
                f"{min(speeds):.0f} to {max(speeds):.0f}",
                f"{statistics.mean(accuracies):.4f}",
                ", ".join(f"{value:.4f}" for value in accuracies),
            ]
        )
    ratios = [
        ours["speed"] / plain["speed"]
        for ours, plain in zip(runs["receta"], runs["plain"], strict=True)
    ]
    gap = 100 * (
        statistics.mean(r["accuracy"] for r in runs["receta"])
        - statistics.mean(r["accuracy"] for r in runs["plain"])
    )
    _table.write(
        "throughput",
        "Training speed",
        (__doc__ or "").strip(),
        ["arm", "pictures/s (median)", "spread", "test accuracy (mean)", "by seed"],
        rows,
        [
            f"receta : plain = {statistics.median(ratios):.2f} (median of "
            f"{', '.join(f'{ratio:.2f}' for ratio in ratios)}).",
            f"Accuracy: receta {gap:+.2f} points against plain.",
            f"Precision chosen: {why}.",
            f"{TRAIN} training and {TEST} test pictures of "
            f"{'Fashion-MNIST' if FASHION.exists() else 'digits, enlarged'}, {EPOCHS} epochs.",
        ],
    )


def _data(path: Path) -> Path:
    """Real pictures, 28 x 28: Fashion-MNIST where Debian's package is, else enlarged digits."""
    if FASHION.exists():
        from receta import load

        source = load(FASHION)
        own = np.array(source.parts)
        train, test = np.flatnonzero(own == "train"), np.flatnonzero(own == "test")
        rows = [train[:TRAIN], train[TRAIN : TRAIN + VALIDATION], test[:TEST]]
        x = [np.stack([source[int(row)] for row in chosen]) for chosen in rows]
        y = [source.targets[chosen] for chosen in rows]
    else:
        from sklearn.datasets import load_digits

        digits = load_digits()
        large = np.kron(np.round(digits.images * 255 / 16), np.ones((1, 3, 3)))
        large = np.pad(large, ((0, 0), (2, 2), (2, 2)))[..., np.newaxis].astype(np.uint8)
        x = [np.repeat(large[:1200], 10, axis=0), large[1200:1500], large[1500:]]
        y = [np.repeat(digits.target[:1200], 10), digits.target[1200:1500], digits.target[1500:]]
    np.savez(path, x_train=x[0], y_train=y[0], x_val=x[1], y_val=y[1], x_test=x[2], y_test=y[2])
    return path


if __name__ == "__main__":
    main()
