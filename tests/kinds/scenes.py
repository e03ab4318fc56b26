"""What do the tests of kinds run on? Also run as a program that can be killed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from receta.core.recipe import Recipe
from receta.training import Run

STEPS = 300


@dataclass(frozen=True)
class Scene:
    """Some data, how they are read, and what is trained on them."""

    data: str
    options: dict[str, Any] = field(default_factory=dict)
    epochs: int = 40
    rungs: tuple[str, ...] = ("prior", "mlp")

    @property
    def recipe(self) -> Recipe:
        """A yardstick and one rung that learns."""
        return Recipe(
            rungs=self.rungs, epochs=self.epochs, precision="float32", threads=2, patience=0
        )

    def run(self, out: Path) -> Run:
        """The whole way, from the data to a judged run."""
        from receta import journey

        return journey.run(self.data, out=out, recipe=self.recipe, **self.options)


def write_series(place: Path) -> Path:
    """A wave with noise, a day a step."""
    days = np.datetime64("2024-01-01") + np.arange(STEPS)
    noise = np.random.default_rng(0).normal(0, 0.5, STEPS)
    values = 20 + 5 * np.sin(np.arange(STEPS) * 2 * np.pi / 30) + noise
    lines = [f"{day},{value:.4f}" for day, value in zip(days, values, strict=True)]
    place.write_text("day,value\n" + "\n".join(lines) + "\n")
    return place


def write_flats(place: Path) -> Path:
    """Numbers, a category and a date, of which some are missing, and a price."""
    rng = np.random.default_rng(0)
    lines = ["area,city,sold,price"]
    for day in range(240):
        area, city = round(float(rng.uniform(30, 150)), 1), ("Madrid", "Bilbao", "Cádiz")[day % 3]
        price = area * (4, 3, 2)[day % 3] + day / 10 + rng.normal(0, 5)
        sold = np.datetime64("2020-01-01") + 7 * day
        known = rng.random(3) > 0.05
        cells = [one if there else "" for one, there in zip((area, city, sold), known, strict=True)]
        lines.append(",".join(map(str, [*cells, round(float(price), 2)])))
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


def write_moods(place: Path) -> Path:
    """Texts of two classes, each with words of its own."""
    rng = np.random.default_rng(0)
    words = {"good": ["happy", "sun", "great", "niño"], "bad": ["rain", "sad", "awful", "gris"]}
    lines = ["mood,text"]
    for number in range(80):
        mood = ("good", "bad")[number % 2]
        chosen = rng.choice([*words[mood], "the", "a", "day", "is", "so"], 6)
        lines.append(f"{mood},{' '.join(chosen)} {number}")
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


def scene(name: str, folder: Path) -> Scene:
    """rows of classes or values, a series or texts; what is made lies in the folder."""
    if name == "iris":
        return Scene("sklearn:iris", epochs=60)
    if name == "diabetes":
        return Scene("sklearn:diabetes")
    if name == "flats":
        place = folder / "flats.csv"
        return Scene(str(place if place.exists() else write_flats(place)), {"target": "price"})
    if name == "moods":
        place = folder / "moods.csv"
        options = {"text": "text", "target": "mood"}
        data = str(place if place.exists() else write_moods(place))
        return Scene(data, options, epochs=8, rungs=("embed_mean",))
    place = folder / "days.csv"
    data = str(place if place.exists() else write_series(place))
    if name == "forecast":
        options = {"series": "value", "window": 60, "horizon": 7}
        return Scene(data, options, rungs=("naive", "hits"))
    return Scene(data, {"series": "value", "window": 12, "horizon": 1})


if __name__ == "__main__":
    from receta.training import fitting

    fitting._SAVE_EVERY_S = 0.02
    scene(sys.argv[1], Path(sys.argv[2])).run(Path(sys.argv[2]) / sys.argv[3])
