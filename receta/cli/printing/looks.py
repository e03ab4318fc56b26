"""What does `look` leave on the terminal?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from receta.cli.printing.console import print_json, table, tell

if TYPE_CHECKING:
    from receta.core.finding import Finding
    from receta.data.dataset import Dataset
    from receta.pipeline import balance

_FEW = 6  # classes that each have a column


def show_look(seen: Any, begins: str) -> None:
    """The tables of a Look, what was left out, and with which network a run begins."""
    for title, heads, rows in seen.tables():
        table(title, heads, rows)
    parts = getattr(seen, "parts", {})
    print()
    if len(parts) > 1:
        tell(f"parts in the data: {', '.join(f'{name} {n}' for name, n in parts.items())}")
    if seen.left_out:
        first, why = seen.left_out[0]
        tell(f"left out: {len(seen.left_out)}, such as {first}: {why}")
    if begins:
        tell(begins)


def show_augmentations(found: Sequence[Finding]) -> None:
    """Which augmentations are used, and why the others are not."""
    for finding in found:
        used = "left out" if finding.facts.left_out else "used"
        tell(f"{finding.facts.augmentation + ':':15}{used:10}{finding.advice}".rstrip(), " " * 25)


def show_imbalance(examples: Dataset, seed: int, as_json: bool) -> None:
    """The ways to answer rare classes, and how many examples of each class an epoch then has."""
    from receta.pipeline import balance

    found = balance.choices(examples, seed)
    if as_json:
        return print_json(
            {"classes": list(examples.class_names), "ways": [choice.to_json() for choice in found]}
        )
    few = len(examples.class_names) <= _FEW
    heads = (
        examples.class_names if few else ("smallest class", "largest class", "examples an epoch")
    )
    table(
        "examples an epoch by class (x the weight of a mistake)",
        ("way", *heads),
        [(choice.way, *_counts(choice, len(heads), few=few)) for choice in found],
        ours=1 if few else None,
    )
    print()
    for choice in found:
        tell(f"{choice.way + ':':18}{choice.about}", " " * 18)
    print()
    tell(f"Choose one: receta run {examples.place} --set imbalance=class_weights")
    tell("A threshold is moved by stated costs, such as --set 'costs=truth>answer=20'.")


def _counts(choice: balance.Choice, columns: int, *, few: bool) -> tuple[str, ...]:
    """Examples of each class with their weight; of many classes, those of two and of all."""
    if not choice.counts:
        return ("",) * columns
    weights = [f" x {weight:.2f}" if weight != 1 else "" for weight in choice.weights]
    cells = [f"{n}{weight}" for n, weight in zip(choice.counts, weights, strict=True)]
    if few:
        return tuple(cells)
    small = min(range(len(cells)), key=choice.counts.__getitem__)
    large = max(range(len(cells)), key=choice.counts.__getitem__)
    return cells[small], cells[large], str(sum(choice.counts))
