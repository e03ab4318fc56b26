"""How far does a PyTorch loop for small pictures get in a given time?

ResNet-20 (He et al., 2015, section 4.2) as such loops are advised: SGD with Nesterov momentum, one
cycle, batch 128, random crops with padding, mirror images for photos, channels last, bfloat16 where
that is faster here. The cycle goes by the clock.
"""

import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as functional
from torch import nn

stored, seconds, seed, mirror = (
    np.load(sys.argv[1]),
    float(sys.argv[2]),
    int(sys.argv[3]),
    sys.argv[4] == "mirror",
)
torch.manual_seed(seed)
torch.set_num_threads(2)
dice = np.random.default_rng(seed)
x, y, xt, yt = (
    torch.from_numpy(stored[name]) for name in ("x_train", "y_train", "x_test", "y_test")
)
x, xt = (pixels.permute(0, 3, 1, 2).float() / 255 for pixels in (x, xt))
mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
x, xt = (x - mean) / std, (xt - mean) / std
n, batch = len(x), min(128, max(16, len(x) // 20))


class Block(nn.Module):
    """Two convolutions beside the identity, or a projection of it."""

    def __init__(self, a: int, b: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.conv2, self.norm2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        self.side = (
            nn.Sequential()
            if a == b
            else nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        inner = functional.relu(self.norm1(self.conv1(z)))
        return functional.relu(self.norm2(self.conv2(inner)) + self.side(z))


layers: list[nn.Module] = [
    nn.Conv2d(x.shape[1], 16, 3, 1, 1, bias=False),
    nn.BatchNorm2d(16),
    nn.ReLU(),
]
before = 16
for width in (16, 32, 64):
    for block in range(3):
        layers.append(Block(before, width, 2 if block == 0 and width > 16 else 1))
        before = width
net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, int(y.max()) + 1))
net = net.to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(
    net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4
)


def step(rows: torch.Tensor, half: bool) -> None:
    """One step on a batch, each picture cropped and mirrored by chance; half: in bfloat16."""
    padded = functional.pad(x[rows], (4, 4, 4, 4))
    height, width, k = x.shape[2], x.shape[3], len(rows)
    seen = torch.empty(k, x.shape[1], height, width)
    moves = zip(dice.integers(0, 9, k), dice.integers(0, 9, k), dice.integers(0, 2, k), strict=True)
    for place, (down, across, turned) in enumerate(moves):
        crop = padded[place, :, down : down + height, across : across + width]
        seen[place] = crop.flip(-1) if mirror and turned else crop
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        said = net(seen.to(memory_format=torch.channels_last))
    loss = functional.cross_entropy(said.float(), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


kept = {name: value.clone() for name, value in net.state_dict().items()}
speed = {True: 0.0, False: 0.0}
for half in speed:
    step(torch.arange(batch), half)
    began = time.perf_counter()
    for _ in range(5):
        step(torch.arange(batch), half)
    speed[half] = 1 / (time.perf_counter() - began)
half = speed[True] > speed[False]
net.load_state_dict(kept)
optimizer.state.clear()
# of the one cycle, which goes by the clock: the speed of a shared machine cannot be foreseen
POINTS = 10_000
plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=POINTS + 1)
began, done, at = time.perf_counter(), 0, 0
while at < POINTS:
    for rows in torch.from_numpy(dice.permutation(n)).split(batch):
        now = min(POINTS, int(POINTS * (time.perf_counter() - began) / seconds))
        for _ in range(now - at):
            plan.step()
        at = now
        if at == POINTS:
            break
        if len(rows) > 1:
            step(rows, half)
            done += 1
took = time.perf_counter() - began
net.eval()
with torch.no_grad():
    named = torch.cat(
        [net(part.to(memory_format=torch.channels_last)).argmax(1) for part in xt.split(256)]
    )
print(
    json.dumps(
        {
            "accuracy": float((named == yt).float().mean()),
            "seconds": took,
            "epochs": done * batch / n,
            "precision": "bfloat16" if half else "float32",
        }
    )
)
