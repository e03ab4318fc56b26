"""Which accuracy does receta reach in a given time, and a PyTorch loop in the same time?

receta: `receta train DATA --rung cnn --budget T`: reading, auditing, checking, training,
testing and the report are all inside the time. PyTorch: ResNet-20 for small pictures (He et
al., 2015, section 4.2) as such loops are advised: SGD with Nesterov momentum, weight decay
5e-4, one-cycle rate, batch 128, random crops with padding (and mirror images for photos),
channels last, two threads; its time is training alone, after the data are read and the
first batch was run, and its epochs are planned by the speed of a batch, so that the one cycle
ends with the time. Each in a process and an environment of its own, in turns, the same
training, validation and test pictures.

python benchmarks/equal_time.py [seconds,...] [seeds]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import _peers
import _table
import numpy as np

from receta import Dataset, Recipe, load, split
from receta.pixels import decode

PEER = ("torch==2.13.0", "numpy>=2.1")
LOOP = textwrap.dedent("""
    import json, sys, time
    import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
    stored, seconds, seed, mirror = np.load(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "mirror"
    torch.manual_seed(seed); torch.set_num_threads(2); dice = np.random.default_rng(seed)
    x, y, xt, yt = (torch.from_numpy(stored[n]) for n in ("x_train", "y_train", "x_test", "y_test"))
    x, xt = (a.permute(0, 3, 1, 2).float() / 255 for a in (x, xt))
    mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
    x, xt = (x - mean) / std, (xt - mean) / std
    class Block(nn.Module):
        def __init__(self, a, b, stride):
            super().__init__()
            self.c1, self.n1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
            self.c2, self.n2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
            self.side = nn.Sequential() if a == b else nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))
        def forward(self, z): return F.relu(self.n2(self.c2(F.relu(self.n1(self.c1(z))))) + self.side(z))
    layers, a = [nn.Conv2d(x.shape[1], 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for width in (16, 32, 64):
        for block in range(3):
            layers.append(Block(a, width, 2 if block == 0 and width > 16 else 1)); a = width
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, int(y.max()) + 1))
    net = net.to(memory_format=torch.channels_last)
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    n, size, batch = len(x), x.shape[-1], min(128, max(16, len(x) // 20))
    def step(rows):
        b = F.pad(x[rows], (4, 4, 4, 4)); k = len(rows); out = torch.empty(k, x.shape[1], x.shape[2], size)
        for i, (r, c, m) in enumerate(zip(dice.integers(0, 9, k), dice.integers(0, 9, k), dice.integers(0, 2, k))):
            v = b[i, :, r : r + x.shape[2], c : c + size]; out[i] = v.flip(-1) if mirror and m else v
        loss = F.cross_entropy(net(out.to(memory_format=torch.channels_last)), y[rows]); opt.zero_grad(); loss.backward(); opt.step()
    keep = {k: v.clone() for k, v in net.state_dict().items()}
    step(torch.arange(batch)); began = time.perf_counter()
    for _ in range(3): step(torch.arange(batch))
    total = max(4, int(seconds / ((time.perf_counter() - began) / 3)))
    net.load_state_dict(keep); opt.state.clear()
    plan = torch.optim.lr_scheduler.OneCycleLR(opt, 0.1, total_steps=total + 1)
    began, done = time.perf_counter(), 0
    while done < total:
        for rows in torch.from_numpy(dice.permutation(n)).split(batch):
            if done < total and len(rows) > 1: step(rows); plan.step(); done += 1
    took = time.perf_counter() - began
    net.eval()
    with torch.no_grad(): named = torch.cat([net(part.to(memory_format=torch.channels_last)).argmax(1) for part in xt.split(256)])
    print(json.dumps({"accuracy": float((named == yt).float().mean()), "seconds": took, "epochs": done * batch / n}))
""")


def main() -> None:
    """Measure and write the table."""
    shared = _table.real_data()
    if shared is None:
        raise SystemExit("real pictures are not here; expected shared/data beside the checkout.")
    times = [float(word) for word in (sys.argv[1] if len(sys.argv) > 1 else "60,120").split(",")]
    seeds = range(int(sys.argv[2]) if len(sys.argv) > 2 else 3)
    letters = shared / "sign-letters"
    sets = {
        "sign letters, other hands": (str(letters / "sign_letters_28x28_train_hands_1_2.csv.gz"),
                                      str(letters / "sign_letters_28x28_test_hands_3_4.csv.gz"), "plain"),
        "CIFAR-10, 10,000": (str(shared / "cifar10" / "cifar10-jpeg-10k-2k.npz"), None, "mirror"),
    }  # fmt: skip
    python = _peers.python_with("torch", PEER)
    if isinstance(python, str):
        raise SystemExit(f"PyTorch: {python}")
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for title, (data, test, mirror) in sets.items():
            for seconds in times:
                found: dict[str, list[dict[str, float]]] = {"receta": [], "PyTorch": []}
                for seed in seeds:
                    arrays = Path(folder) / f"{len(rows)}-{seed}.npz"
                    _arrays(load(data, test=test), seed, arrays)
                    out = Path(folder) / f"run-{len(rows)}-{seed}"
                    words = [sys.executable, "-m", "receta", "train", data, *(["--test", test] if test else []), "--rung", "cnn",
                             "--budget", f"{seconds:g}s", "--set", f"seed={seed}", "--out", str(out), "--force", "--json"]  # fmt: skip
                    began = time.perf_counter()
                    said = json.loads(_run(words))
                    found["receta"].append({"accuracy": said["test"]["accuracy"], "seconds": time.perf_counter() - began,
                                            "epochs": said["rungs"][-1]["epochs_run"]})  # fmt: skip
                    found["PyTorch"].append(json.loads(_run([str(python), "-c", LOOP, str(arrays), str(seconds), str(seed), mirror])))
                    print(title, seconds, seed, {name: arm[-1] for name, arm in found.items()}, flush=True)
                for name, arm in found.items():
                    accuracies = [one["accuracy"] for one in arm]
                    rows.append([title, f"{seconds:g} s", name, f"{statistics.median(accuracies):.4f}",
                                 ", ".join(f"{value:.4f}" for value in accuracies),
                                 f"{statistics.median(one['seconds'] for one in arm):.0f}",
                                 f"{statistics.median(one['epochs'] for one in arm):.0f}"])  # fmt: skip
    question, *_ = (__doc__ or "").partition("\n\npython ")
    _table.write("equal_time", "Accuracy at equal time", question.strip(),
                 ["data", "time", "arm", "test accuracy (median)", "by seed", "seconds taken", "epochs"], rows,
                 ["Seconds taken: receta's from the start of its process to its end; PyTorch's are its training steps alone."])  # fmt: skip


def _run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ))
    if done.returncode:
        raise SystemExit(f"{' '.join(words[:6])} ended with {done.returncode}: {done.stderr[-800:]}")
    return done.stdout.splitlines()[-1]


def _arrays(data: Dataset, seed: int, path: Path) -> None:
    """The pictures of receta's own split, for the other arm."""
    parts = split(data, Recipe(seed=seed))
    pixels = decode(data)
    arrays = {}
    for name, part in (("train", parts.train), ("test", parts.test)):
        arrays[f"x_{name}"], arrays[f"y_{name}"] = pixels.take(part.rows), part.targets
    np.savez(path, **arrays)


if __name__ == "__main__":
    main()
