"""What did an ablation find?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta.studies.judged import JudgedVariant


@dataclass(frozen=True)
class Ablation:
    """What an ablation found: the base, and each variant beside it.

    measure: of the test part; better: which way it is better. seeds: of which every variant is
    done. is_finished: whether all seeds are that were asked for. is_divided: whether each seed
    divides the data anew. is_share: whether the measure is a share of 1.
    """

    folder: Path
    measure: str
    better: str
    base: JudgedVariant
    variants: tuple[JudgedVariant, ...]
    seeds: int
    is_finished: bool
    is_divided: bool
    is_share: bool
    seconds: float

    @property
    def smallest_detectable(self) -> float | None:
        """The difference that these seeds could have shown of every variant; None if unknown."""
        known = [one.smallest for one in self.variants if one.smallest and not one.is_same]
        return max(known, default=None)

    @property
    def conclusion(self) -> str:
        """What it says, in a sentence."""
        real = [one for one in self.variants if one.is_real and one.difference]
        if self.seeds < 2:
            return "One seed tells nothing of luck: give more with --seeds."
        if not real:
            return "No change differs from the base by more than luck."
        sign = 1 if self.better == "higher" else -1
        better = [one.change for one in real if sign * (one.difference or 0) > 0]
        worse = [one.change for one in real if one.change not in better]
        told = [f"Better than the base: {', '.join(better)}"] if better else []
        told += [f"{'worse' if told else 'Worse than the base'}: {', '.join(worse)}"] * bool(worse)
        return f"{'; '.join(told)}."

    def to_json(self) -> dict[str, Any]:
        """What `receta ablate --json` prints."""
        base = self.base.to_json()
        own = ("change", "settings", "seeds", "rung", "value", "validation", "seconds", "epochs")
        return {
            "study": str(self.folder),
            "measure": self.measure,
            "better": self.better,
            "seeds": self.seeds,
            "finished": self.is_finished,
            "base": {
                **{name: base[name] for name in (*own, "parameters", "why", "curve")},
                "interval": base["interval_of_value"],
            },
            "variants": [variant.to_json() for variant in self.variants],
            "smallest_detectable": self.smallest_detectable,
            "divided_anew": self.is_divided,
            "seconds": self.seconds,
        }
