"""Is our EfficientNet-Lite0 in Keras the one of efficientnet-lite-pytorch? The largest gaps, at several sizes of pictures."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import _peers
import numpy as np

from receta.models.backbones import lite
from receta.pipeline import backend

# with sides that halve to odd ones
SIZES = ((224, 224), (200, 200), (160, 160), (128, 96), (96, 160))
WANTED = ("torch==2.13.0", "numpy>=2.1", "efficientnet-lite-pytorch==0.1.0")


def main() -> None:
    """Print a line a size; exit 1 above 1e-4."""
    weights, python = lite.find_packaged(), _peers.python_with("lite", WANTED)
    if weights is None or isinstance(python, str):
        print(f"left out: {python if weights else lite.missing()}")
        return
    backend.start()
    import keras

    random = np.random.default_rng(0)
    pictures = {
        f"{height} x {width}": random.integers(0, 256, (4, height, width, 3), np.uint8)
        for height, width in SIZES
    }
    with tempfile.TemporaryDirectory() as folder:
        given, written = Path(folder) / "given.npz", Path(folder) / "said.npz"
        np.savez(given, **pictures)
        arm = Path(__file__).parent / "arms" / "lite_arm.py"
        subprocess.run([str(python), str(arm), str(weights), str(given), str(written)], check=True)
        theirs = dict(np.load(written))
    worst = 0.0
    for name, pixels in pictures.items():
        network = lite.network(input_shape=pixels.shape[1:])
        lite.fill(network, weights)
        both = keras.Model(network.inputs, [network.get_layer("mean").output, network.output])
        ours = both(((pixels.astype(np.float32) - 127) / 128), training=False)
        gaps = [
            float(np.abs(keras.ops.convert_to_numpy(one) - theirs[f"{name} {what}"]).max())
            for one, what in zip(ours, ("features", "probabilities"), strict=True)
        ]
        worst = max(worst, *gaps)
        print(
            f"{name:10} features {gaps[0]:.1e} of up to {theirs[f'{name} features'].max():.2f}, "
            f"probabilities {gaps[1]:.1e}"
        )
    sys.exit(worst > 1e-4)


if __name__ == "__main__":
    main()
