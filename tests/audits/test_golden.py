"""Are the figures that audits tell of their own examples the ones that were looked at once?

Of the innocent and of the culprit. Words may change; what is measured, which examples are named
and every number that is shown or expected may not. `python tests/audits/test_golden.py` writes the file anew: look at what differs.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = ("innocent", "culprit")
GOLDEN = Path(__file__).with_suffix(".json")
NUMBER = re.compile(r"[-−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


def numbers(plain: Any) -> list[Any]:
    """All numbers in a plain value, in their order; of texts those that stand in them."""
    if isinstance(plain, dict):
        return [one for key in plain for one in [*numbers(key), *numbers(plain[key])]]
    if isinstance(plain, list | tuple):
        return [one for part in plain for one in numbers(part)]
    if isinstance(plain, str):
        found = (one.replace(",", "").replace("−", "-") for one in NUMBER.findall(plain))
        return [float(one) for one in found if len(one) < 15]
    return [] if plain is None else [float(plain)]


def figures(name: str, folder: Path, example: str) -> list[dict[str, Any]]:
    """Of each finding of an audit's example: what it measures, names and shows."""
    from receta.audits import SHELF
    from receta.data.dataset import Dataset
    from tests.fakes import FakePixels, Folder

    module = SHELF.module(name)
    written = getattr(module, example)(folder)
    if isinstance(written, Dataset):
        findings = getattr(module, name)(written, None)
    else:
        data = Dataset.of(Folder(folder, getattr(module, "GROUP", None)))
        findings = getattr(module, name)(data, FakePixels(data))
    told = []
    for finding in findings:
        plain = finding.to_json()
        shown = [plain.get(part) for part in ("where", "advice", "shown", "facts", "expected")]
        named = [[*finding.ids], [list(pair) for pair in finding.pairs]]
        told.append(
            {
                "verdict": finding.verdict if finding.judged else "",
                "measured": finding.measured,
                "named": named,
                "numbers": numbers(shown),
            }
        )
    return told


def names() -> tuple[str, ...]:
    from receta.audits import SHELF

    return SHELF.names()


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("name", names())
def test_figures_of_an_audits_own_example_stay(name: str, example: str, tmp_path: Path) -> None:
    told = json.loads(GOLDEN.read_text("utf-8"))[f"{name} {example}"]
    for found, known in zip(figures(name, tmp_path, example), told, strict=True):
        assert (found["verdict"], found["named"]) == (known["verdict"], known["named"])
        assert found["measured"] == pytest.approx(known["measured"], rel=1e-3, abs=1e-6)
        assert found["numbers"] == pytest.approx(known["numbers"], rel=1e-2, abs=1e-4)


def write() -> None:
    """The file, from what audits say now."""
    known = {}
    for name, example in itertools.product(names(), EXAMPLES):
        with tempfile.TemporaryDirectory() as folder:
            known[f"{name} {example}"] = figures(name, Path(folder), example)
    lines = [f"{json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known)]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    write()
