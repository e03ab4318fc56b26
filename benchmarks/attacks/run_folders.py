"""Do the verbs that open a run survive one whose files are nested, no UTF-8, mutated, or name other files?"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from _attack import Attack, Lure, files, mutated, numbered

N_MUTATED, N_SPOILT = 40, 30
VERBS = (["predict"], ["evaluate"], ["export"], ["report"])


def attacks(folder: Path, rng: random.Random, lure: Lure) -> Iterator[Attack]:
    """Some 70, on copies of one run of the digits."""
    sound = folder / "sound"
    make_run(sound)
    picture = make_picture(folder)
    places = numbered(folder)
    texts = [path for path in files(sound) if path.suffix in (".json", ".toml", ".csv", ".txt")]
    for number in range(N_MUTATED + N_SPOILT):
        run = next(places) / "run"
        shutil.copytree(sound, run)
        if number < N_MUTATED:
            chosen = run / rng.choice(files(sound)).relative_to(sound)
            how, content = mutated(chosen.read_bytes(), rng, [path.read_bytes() for path in texts])
        else:
            chosen = run / rng.choice(texts).relative_to(sound)
            how, content = spoilt(chosen, rng, lure)
        chosen.write_bytes(content)
        yield Attack(f"{chosen.relative_to(run)}: {how}", used(run, number, picture, folder))


def used(place: Path, number: int, picture: Path, folder: Path) -> list[str]:
    """A command that opens a run or a bundle."""
    verb = ("predict", "evaluate", "export", "runs")[number % 4]
    if verb == "predict":
        return ["predict", str(place), str(picture)]
    if verb == "evaluate":
        return ["evaluate", str(place), "digits"]
    if verb == "export":
        return ["export", str(place), "--to", "keras", "--out", str(place.parent / "out")]
    return ["runs", str(place.parent)]


def make_run(place: Path) -> None:
    """A sound run of the digits by a linear model."""
    from receta import journey
    from receta.core.recipe import Recipe

    journey.run("digits", out=place, recipe=Recipe(rungs=("linear",), epochs=1), force=True)


def make_picture(folder: Path) -> Path:
    """A sound picture to predict."""
    import numpy as np
    from PIL import Image

    Image.fromarray(np.full((8, 8), 90, np.uint8)).save(folder / "picture.png")
    return folder / "picture.png"


def spoilt(path: Path, rng: random.Random, lure: Lure) -> tuple[str, bytes]:
    """What a text file of ours holds when somebody means harm."""
    ways: dict[str, bytes] = {
        "no UTF-8": b"\xff\xfe\x00\x01",
        "lists 100,000 deep": b"[" * 100_000,
        "objects 100,000 deep": b'{"a":' * 100_000,
        "another kind of value": b"[]",
        "a text": b'"x"',
        "null": b"null",
        "a number of 6,000 digits": b"9" * 6000,
        "NaN": b"NaN",
        "lone surrogate": b'{"run": "\\ud800", "class_names": ["\\ud800"]}',
        "empty object": b"{}",
        "60 MB of spaces": b"{" + b" " * (60 * 2**20) + b"}",
    }
    name = rng.choice(
        [
            *ways,
            "a path in every text",
            "every number 10**18",
            "every list empty",
            "every key twice",
        ]
    )
    if name in ways:
        return name, ways[name]
    if path.suffix != ".json":
        return "a path", f'a = "{lure.secret}"\n'.encode()
    try:
        value = json.loads(path.read_text())
    except ValueError:
        return "null", b"null"
    if name == "every key twice":
        text = json.dumps(value)
        return name, (text[:-1] + "," + text[1:]).encode() if text.startswith("{") and len(
            text
        ) > 2 else b"null"
    change = {
        "a path in every text": lambda one: (
            f"../../../../../..{lure.secret}" if isinstance(one, str) else one
        ),
        "every number 10**18": lambda one: (
            10**18 if isinstance(one, int | float) and not isinstance(one, bool) else one
        ),
        "every list empty": lambda one: [] if isinstance(one, list) else one,
    }[name]
    return name, json.dumps(walked(value, change)).encode()


def walked(value: object, change: object) -> object:
    """The value with all inner ones changed."""
    value = change(value)  # type: ignore[operator]
    if isinstance(value, dict):
        return {key: walked(one, change) for key, one in value.items()}
    return [walked(one, change) for one in value] if isinstance(value, list) else value
