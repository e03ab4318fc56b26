"""Does `run` survive recipes that are nested, huge, no UTF-8, or name what does not belong there?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from _attack import Attack, Lure, mutated, numbered

from receta.core.recipe import Recipe
from receta.core.recipe_files import as_toml

N_MUTATED = 30


def attacks(folder: Path, rng: random.Random, lure: Lure) -> Iterator[Attack]:
    """Some 70: written by hand, and a sound one mutated."""
    places = numbered(folder)
    for name, text in hand_made(lure):
        path = next(places) / "recipe.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        said = str(text)
        plain = [
            word
            for key, value in (("rungs", "linear"), ("epochs", "1"))
            if key not in said
            for word in ("--set", f"{key}={value}")
        ]
        yield Attack(
            name, ["run", "digits", "--recipe", str(path), *plain], may_open="weights = " in said
        )
    sound = as_toml(Recipe(rungs=("linear",), epochs=1, costs=("3>8=20",))).encode()
    for _ in range(N_MUTATED):
        path = next(places) / "recipe.toml"
        how, content = mutated(sound, rng, [b"\xff\xfe", b"[a]\nb=1\n", b"PK\x03\x04"])
        path.write_bytes(content)
        yield Attack(
            f"mutated: {how}",
            ["run", "digits", "--recipe", str(path), "--set", "rungs=linear", "--set", "epochs=1"],
        )
    for words in (
        ["--group", "(\\d+)+$"],
        ["--group", "(a|aa|digit-)*\\d*x"],
        ["--group", "(" * 200],
        ["--set", "epochs=" + "9" * 6000],
        ["--set", "self=1"],
        ["--set", "="],
        ["--set", "dropout=nan"],
        ["--set", "image_size=1x" + "9" * 5000],
    ):
        yield Attack(
            f"option {words[0]} {words[1][:30]}", ["run", "digits", "--set", "rungs=linear", *words]
        )


def hand_made(lure: Lure) -> Iterator[tuple[str, str | bytes]]:
    """Names and texts of recipes."""
    secret, big = str(lure.secret), "9" * 4200
    yield from {
        "infinite rate": "learning_rate = inf",
        "rate that is no number": "dropout = nan",
        "1e400": "learning_rate = 1e400",
        "10**4200 epochs": f"epochs = {big}",
        "10**6000 epochs": f"epochs = {'9' * 6000}",
        "lists 50,000 deep": f"rungs = {'[' * 50_000}",
        "tables 3,000 deep": f"a = {'{a=' * 3000}1{'}' * 3000}",
        "key of 20,000 parts": f"a{'.a' * 20_000} = 1",
        "header of 20,000 parts": f"[a{'.a' * 20_000}]\nb = 1",
        "self": "self = 3",
        "lists in a list": "augmentations = [[1], [2]]",
        "tables in a list": "augmentations = [{a = 1}]",
        "numbers as rungs": "rungs = [1, 2]",
        "no rung": "rungs = []",
        "90,000 rungs": "rungs = [" + ",".join(f'"r{k}"' for k in range(90_000)) + "]",
        "another script's digit": 'image_size = "²"',
        "image size of 10**4200": f"image_size = {big}",
        "date as a seed": "seed = 1979-05-27",
        "table as a seed": "[seed]\na = 1",
        "infinite cost": f'costs = "3>8={"9" * 400}"',
        "cost in a list": "costs = [[1]]",
        "no UTF-8": b"\xff\xfe\x00",
        "NUL": 'seed = "\\u0000"',
        "key of 500,000 letters": f'"{"k" * 500_000}" = 1',
        "value of 500,000 letters": f'backend = "{"k" * 500_000}"',
        "2 MB of comments": "#" * (2 * 2**20),
        "50,000 keys": "\n".join(f"k{k} = 1" for k in range(50_000)),
        "secret as weights": f'rungs = ["pretrained"]\nweights = "{secret}"',
        "secret as a network": f'rungs = ["pretrained:{secret}"]',
        "SavedModel of the Hub": 'rungs = ["pretrained:hub/../../x"]',
        "rung with a path": 'rungs = ["../../etc/passwd"]',
        "device as weights": 'rungs = ["pretrained"]\nweights = "/dev/zero"',
        "cost of a class that is not there": 'costs = "x>y=2"',
        "bell": 'backend = "\\u001b[2J\\u0007"',
        "key twice": "seed = 1\nseed = 2",
        "seed below 0": "seed = -1",
    }.items()
