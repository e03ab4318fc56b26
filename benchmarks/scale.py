"""What would a million, a hundred million and a billion pictures take, on 1, 10 and 100 machines?

A simulation with measured unit costs (`benchmarks/scale.toml`; with others: `--costs FILE`). Nothing
here was run at these sizes: it says what would break first, and by how much.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _table

SIZES = (10**6, 10**8, 10**9)
MACHINES = (1, 10, 100)
_MEASURED = 20_000  # examples whose memory is measured
_DAY = 86_400.0


@dataclass(frozen=True)
class Needs:
    """What one piece of work needs: seconds, and bytes on the machine that needs most."""

    audit_s: float
    train_s: float
    memory_bytes: float
    disk_bytes: float
    network_bytes: float


def simulate(n: int, machines: int, costs: dict[str, Any]) -> Needs:
    """Audit and train n pictures on so many machines.

    Pictures are read from one place, audited and decoded where they were read, and trained on
    there. The parent holds ids, digests and findings of all, and looks for near-copies alone.
    """
    machine, picture, training = costs["machine"], costs["picture"], costs["training"]
    here = n / machines
    read_s = max(
        n * picture["file_bytes"] / machine["source_bytes_s"],
        here * picture["file_bytes"] / machine["network_bytes_s"],
    )
    look_s = here * picture["audit_core_s"] / machine["cores"]
    pairs_s = n * n * picture["pair_core_s"] / machine["cores"]
    told_s = n * picture["sent_bytes"] / machine["network_bytes_s"] if machines > 1 else 0.0
    steps = training["epochs"] * here / training["batch"]
    shared = 2 * 4 * training["parameters"] * (machines - 1) / machines
    compute_s = training["epochs"] * here * training["core_s"] / machine["cores"]
    train_s = training["start_s"] + compute_s + steps * shared / machine["network_bytes_s"]
    return Needs(
        audit_s=max(read_s, look_s) + pairs_s + told_s,
        train_s=train_s,
        memory_bytes=n * (picture["known_bytes"] + picture["audit_memory_bytes"]),
        disk_bytes=here * (picture["file_bytes"] + picture["cached_bytes"]),
        network_bytes=n * (picture["file_bytes"] + picture["sent_bytes"])
        + steps * shared * machines,
    )


def find_break(needs: Needs, costs: dict[str, Any]) -> str:
    """What is short first, and how many times what there is would be needed."""
    machine, limit_s = costs["machine"], costs["limits"]["days"] * _DAY
    shares = {
        "memory of the parent": needs.memory_bytes / machine["memory_bytes"],
        "disk of a machine": needs.disk_bytes / machine["disk_bytes"],
        "time of the audits": needs.audit_s / limit_s,
        "time of the training": needs.train_s / limit_s,
    }
    name = max(shares, key=lambda one: shares[one])
    return f"{name}, {shares[name]:.2g} times" if shares[name] > 1 else "nothing"


def measure_known() -> float:
    """Bytes of memory that one example takes in Python: its id, target and digest."""
    import numpy as np

    from receta.data.dataset import Dataset, Images

    class Named(Images):
        def __init__(self, n: int) -> None:
            self.ids = [f"class/picture-{row:09d}.jpg" for row in range(n)]
            self.targets, self.class_names = np.arange(n) % 10, tuple("abcdefghij")
            self.digests = np.zeros(n, "S32")

        def raw(self, row: int) -> np.ndarray:
            return np.zeros((1, 1, 1), np.uint8)

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    data = Dataset.of(Named(_MEASURED))
    held = (tracemalloc.get_traced_memory()[0] - before) / len(data)
    tracemalloc.stop()
    return held


def main() -> None:
    """Simulate and write the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--costs", type=Path, default=Path(__file__).with_suffix(".toml"))
    path = asked.parse_args().costs
    costs = tomllib.loads(path.read_text(encoding="utf-8"))
    costs["picture"]["known_bytes"] = costs["picture"]["known_bytes"] or measure_known()
    rows: list[list[object]] = []
    for n in SIZES:
        for machines in MACHINES:
            needs = simulate(n, machines, costs)
            rows.append(
                [
                    f"{n:,}",
                    machines,
                    _span(needs.audit_s),
                    _span(needs.train_s),
                    _size(needs.memory_bytes),
                    _size(needs.disk_bytes),
                    _size(needs.network_bytes),
                    find_break(needs, costs),
                ]
            )
    heads = ["pictures", "machines", "audits", "training", "memory of the parent"]
    heads += ["disk of a machine", "over the network", "what breaks first"]
    if path != Path(__file__).with_suffix(".toml"):
        print("\n".join(" | ".join(map(str, row)) for row in [heads, *rows]))
        sys.exit()
    machine, training = costs["machine"], costs["training"]
    notes = [
        f"A machine: {machine['cores']} cores, {_size(machine['memory_bytes'])} of memory, "
        f"{_size(machine['disk_bytes'])} of disk, {_size(machine['network_bytes_s'])}/s of network; "
        f"assumed. What is read lies in one place that gives {_size(machine['source_bytes_s'])}/s.",
        f"Training: {training['epochs']} epochs of the courses' network at 28 x 28 in processes that "
        f"train together, {training['batch']} pictures a step and machine, "
        f"{training['parameters']:,} weights whose gradients are added up in each step.",
        f"Memory: {costs['picture']['known_bytes']:.0f} bytes of an id, a target and a digest "
        f"(measured here), and {costs['picture']['audit_memory_bytes']:,} that today's audits hold "
        "of a picture. More than the limit by days counts as broken, too: "
        f"{costs['limits']['days']} days.",
        "The search for near-copies is taken to grow with the square of the pictures, fitted to two "
        "measured sizes (10,000 and 100,000): beyond them it is a guess, and the first thing to be "
        "measured again.",
        "A simulation: nothing of it was run at these sizes. Its own figures: "
        "`python benchmarks/scale.py --costs FILE`, a copy of `benchmarks/scale.toml`.",
    ]
    question = " ".join(__doc__.split("\n\n")[0].split())
    _table.write("scale", "Larger than one machine", question, heads, rows, notes)


def _span(seconds: float) -> str:
    for unit, size in (("years", 365 * _DAY), ("days", _DAY), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _size(count: float) -> str:
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:,.3g} {unit}"
    return f"{count:.0f} B"


if __name__ == "__main__":
    main()
