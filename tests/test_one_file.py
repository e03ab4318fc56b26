"""Is one file all that a new entry of a shelf takes, and is one that lacks something refused?

Each entry below is written into a folder of its own, which its package looks in as well while a
test runs: no file of the package is changed.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from receta import (
    audits,
    checks,
    cleaning,
    converting,
    exporters,
    kinds,
    models,
    sources,
    tasks,
    yardsticks,
)
from receta.core.errors import RecetaError
from receta.core.recipe import Recipe
from receta.core.registry import Shelf, in_order
from receta.sources import load

SOURCE = '''
"""How are words and their lengths read?"""

from pathlib import Path

import numpy as np

from receta.data.table import Column, Table

AFTER = "series"
READS = "a .words file: a word and its class a line"
FORM = "`.words`"
FACTS = "a word and its class a line"


def accepts(place, options):
    return place.endswith(".words") and Path(place).is_file()


def words(place, options, progress):
    lines = [line.split() for line in Path(place).read_text().splitlines()]
    names = tuple(sorted({name for _, name in lines}))
    length = Column("length", "number", np.array([float(len(word)) for word, _ in lines]))
    targets = np.array([names.index(name) for _, name in lines], np.int64)
    ids = [f"{word}-{row}" for row, (word, _) in enumerate(lines)]
    return Table(
        f"words({place!r}", [length], targets, task="classes", target_name="class", ids=ids,
        version="", class_names=names,
    )


def sample(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "some.words").write_text("\\n".join(["cat animal", "oak plant"] * 4))
    return str(folder / "some.words")
'''
AUDIT = '''
"""Which pictures have a white corner?"""

from receta.core.finding import Finding

AFTER = "odd_shape"
QUESTION = "Is every corner of a picture dark?"
FINDS = "pictures with a white corner"
WARNS = "any"
UNIT = "images"
BOUND = 0  # made up


def white_corner(data, pixels):
    corners = pixels.take(data.rows)[:, 0, 0, 0] > 200 if pixels is not None else []
    ids = tuple(name for name, white in zip(data.ids, corners) if white)
    verdict = "warn" if ids else "ok"
    advice = "Leave them out (receta clean --fix white_corner)." if ids else ""
    return [Finding("white_corner", verdict, len(ids), UNIT, f"{BOUND}", "", ids, advice=advice)]


def culprit(folder):
    return _pictures(folder, 255)


def innocent(folder):
    return _pictures(folder, 0)


def _pictures(folder, corner):
    import numpy as np
    from PIL import Image

    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(4):
            picture = np.full((8, 8, 3), 90 + number, np.uint8)
            picture[0, 0] = corner if number == 0 else 0
            Image.fromarray(picture).save(folder / name / f"{number}.png")
    return str(folder)
'''
FIX = '''
"""What is left out because of its corner?"""

AFTER = "poor_pictures"
MENDS = ("white_corner",)
METHODS = ("leave_out",)
KINDS = ("images",)


def white_corner(work, found, code, method):
    reasons = {name: "a white corner" for finding in found for name in finding.ids}
    return work.leave_out(reasons, code, found)
'''
FORMAT = '''
"""How is a table written as lines with tabs?"""

from receta.converting import Written

ABOUT = "a table with tabs between its cells"
KINDS = ("table",)
SUFFIX = ".tsv"


def tabs(data, out, size, bar):
    names = [*(column.name for column in data.columns), data.source.target_name]
    lines = ["\\t".join(names)]
    for row in range(len(data)):
        cells = [str(column.cell(row)) for column in data.columns]
        lines.append("\\t".join([*cells, data.class_names[data.targets[row]]]))
    out.write_text("\\n".join(lines) + "\\n")
    return Written({})


def options(data):
    return {"target": data.source.target_name, "task": "classes"}
'''
CHECK = '''
"""Is every number of an untrained network finite?"""

import numpy as np

from receta.checks.setups import examples
from receta.core.finding import Finding

AFTER = "loss_at_init"
QUESTION = "Is every weight a number?"
STAGE = "before"
MEASURES = "weights that are no numbers"
SOUND = "none"


def finite_start(setup):
    weights = setup.fresh(setup.plain()).get_weights()
    bad = sum(int((~np.isfinite(one)).sum()) for one in weights)
    advice = "Look at its initial weights." if bad else ""
    verdict = "fail" if bad else "ok"
    return Finding("finite_start", verdict, bad, "weights", "0", setup.name, advice=advice)


def sound():
    return examples.setup()


def broken():
    setup = examples.setup()
    model = setup.fresh(setup.plain())
    model.layers[-1].kernel.assign(model.layers[-1].kernel * float("nan"))
    object.__setattr__(setup, "fresh", lambda recipe: model)
    return setup
'''
RUNG = '''
"""What do eight units tell?"""

AFTER = "linear"
ORIGIN = "made up: eight units"
DEFAULTS = {"learning_rate": 1e-2, "dropout": 0.0}


def eight_units(specs, recipe):
    import keras
    from keras import layers

    inputs = keras.Input(specs[0].shape, dtype="uint8", name="pixels")
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Dense(8, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, x, name="eight_units")
'''
YARDSTICK = '''
"""How well does the answer of the nearest example do?"""

import numpy as np

AFTER = "boosting"
ORIGIN = "made up: the nearest example"
KINDS = ("table",)
CALLED = "the nearest example"


def nearest_example(train, recipe, session):
    known, targets = train.values, train.targets

    def answer(examples):
        far = ((examples.values[:, None] - known[None]) ** 2).sum(axis=2)
        return np.eye(len(train.class_names))[targets[far.argmin(axis=1)]]

    return answer
'''
TARGET = '''
"""Target plain_layers: how is a network kept as Keras has it, under a name of its own?"""

AFTER = "keras"
ABOUT = "made up: the network as Keras has it"
FILE = "plain.keras"
EXTRA = "tensorflow"
NEEDS = ("keras",)
BACKENDS = ("tensorflow", "jax", "torch")


def plain_layers(model, folder, about):
    model.save(folder / FILE)


def opened(folder):
    import keras

    model = keras.models.load_model(folder / FILE)
    return lambda pixels: model.predict(pixels, verbose=0)
'''
KIND = '''
"""How are sounds read? As pictures are."""

from receta.kinds.pictures import *
from receta.data.nouns import Noun
from receta.kinds.pictures import decode

AFTER = "pictures"
KIND = "sounds"
NOUN = Noun("sound", "sound", "sounds")
'''
TASK = '''
"""What is it to tell which of two comes first? As labels are told."""

from receta.tasks.labels import *

AFTER = "values"
ACTIVATION = "hard_sigmoid"
DTYPE = "int16"
'''
SHELVES: dict[str, tuple[Shelf, str, str]] = {
    "source": (sources.shelf, "words", SOURCE),
    "audit": (audits.SHELF, "white_corner", AUDIT),
    "fix": (cleaning.SHELF, "white_corner", FIX),
    "format": (converting.SHELF, "tabs", FORMAT),
    "check": (checks.SHELF, "finite_start", CHECK),
    "rung": (models.SHELF, "eight_units", RUNG),
    "yardstick": (yardsticks.SHELF, "nearest_example", YARDSTICK),
    "target": (exporters.SHELF, "plain_layers", TARGET),
    "kind": (kinds.SHELF, "sounds", KIND),
    "task": (tasks.SHELF, "first_of_two", TASK),
}
Put = Callable[..., ModuleType]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """Put one of the entries above on its shelf, perhaps with another text; it goes with the test.

    Gives the entry as its shelf loads it.
    """
    added: list[tuple[Shelf, str]] = []

    def put_entry(kind: str, change: tuple[str, str] = ("", "")) -> ModuleType:
        shelf, name, text = SHELVES[kind]
        folder = tmp_path / "entries" / kind
        folder.mkdir(parents=True)
        assert change[0] in text
        (folder / f"{name}.py").write_text(text.replace(*change) if change[0] else text)
        room = importlib.import_module(shelf.package)
        monkeypatch.setattr(room, "__path__", [*room.__path__, str(folder)])
        added.append((shelf, name))
        importlib.invalidate_caches()
        return shelf.module(name)

    yield put_entry
    for shelf, name in added:
        shelf._loaded.pop(name, None)
        sys.modules.pop(f"{shelf.package}.{name}", None)
        room = importlib.import_module(shelf.package)
        if hasattr(room, name):
            delattr(room, name)


def written(module: ModuleType, example: str, folder: Path) -> Any:
    return load(getattr(module, example)(folder / example))


def test_a_new_source_loads(put: Put, tmp_path: Path) -> None:
    place = put("source").sample(tmp_path / "data")
    data = load(place)
    assert data.class_names == ("animal", "plant")
    assert data.columns[0].values.tolist() == [3.0] * 8
    assert sources.shelf.names().index("words") == sources.shelf.names().index("series") + 1


def test_a_new_audit_finds_and_a_new_fix_cleans(put: Put, tmp_path: Path) -> None:
    module = put("audit")
    data = written(module, "culprit", tmp_path)
    assert audits.audit(data, only=["white_corner"])[0].measured == 2
    assert audits.audit(written(module, "innocent", tmp_path), only=["white_corner"])[0].judged
    assert "white_corner" in [one.check for one in audits.audit(data)]

    put("fix")
    kept = cleaning.clean(data, audits.audit(data), fix=["white_corner"])
    assert len(kept) == len(data) - 2
    assert audits.audit(kept, only=["white_corner"])[0].verdict == "ok"


def test_a_new_audit_is_asked_in_the_report_as_it_says(put: Put) -> None:
    from receta.report.words import question

    put("audit")
    assert question("white_corner") == "Is every corner of a picture dark?"


def test_a_new_format_converts(put: Put, tmp_path: Path) -> None:
    put("source")
    put("format")
    data = load(sources.shelf.module("words").sample(tmp_path / "data"))
    done = converting.convert(data, "tabs", tmp_path / "out.tsv")
    again = load(done.place, **done.options)
    assert again.columns[0].values.tolist() == data.columns[0].values.tolist()


def test_a_new_check_checks(put: Put) -> None:
    module = put("check")
    found = {one.check: one for one in checks.before(module.sound())}
    assert found["finite_start"].verdict == "ok"
    assert list(found).index("finite_start") == list(found).index("loss_at_init") + 1
    assert module.finite_start(module.broken()).failed


def test_a_new_rung_trains_and_a_new_target_takes_it_out(put: Put, tmp_path: Path) -> None:
    from receta import split, train

    put("rung")
    put("target")
    recipe = Recipe(rungs=("eight_units",), epochs=2, augment=0.0)
    run = train(split(load("digits"), recipe), recipe, tmp_path / "run", force=True)
    assert [result.rung for result in run.rungs] == ["eight_units"]
    bundle = exporters.export(run, "plain_layers", tmp_path / "bundle")
    assert bundle.max_gap < 1e-4
    assert bundle.predict(np.zeros((3, 8, 8, 1), np.uint8)).shape == (3, 10)


def test_a_new_yardstick_is_judged_beside_networks(put: Put, tmp_path: Path) -> None:
    from receta import judge, split, train

    put("yardstick")
    recipe = Recipe(rungs=("prior", "nearest_example"))
    parts = split(load("sklearn:iris"), recipe)
    run = judge(train(parts, recipe, tmp_path / "run"), parts)
    assert run.best.rung == "prior"
    assert run.scores is not None
    assert run.scores["baselines"]["nearest_example"] > 0.8


def test_a_new_kind_and_a_new_task_are_found(put: Put) -> None:
    from types import SimpleNamespace

    assert put("kind") is kinds.of(SimpleNamespace(kind="sounds"))  # type: ignore[arg-type]
    assert put("task") is tasks.of_targets(np.zeros((3, 2), np.int16))
    assert tasks.names().index("first_of_two") == tasks.names().index("values") + 1


@pytest.mark.parametrize(
    ("kind", "change", "refusal"),
    [
        (
            "source",
            ("def accepts(", "def _("),
            "sources/words.py lacks accepts; expected a function: Whether a place is for it",
        ),
        (
            "audit",
            ("BOUND = 0", "BOUND_ = 0"),
            "audits/white_corner.py lacks BOUND; expected a number with its origin",
        ),
        (
            "audit",
            ("BOUND = 0", "BOUND = '0'"),
            "audits/white_corner.py has BOUND = '0'; expected a number with its origin",
        ),
        (
            "fix",
            ("def white_corner(", "def white("),
            "cleaning/white_corner.py lacks white_corner; expected a function: From the work",
        ),
        (
            "format",
            ("SUFFIX =", "ENDING ="),
            "converting/tabs.py lacks SUFFIX; expected what its files end with",
        ),
        (
            "check",
            ("STAGE =", "WHEN ="),
            "checks/finite_start.py lacks STAGE; expected 'before' or 'after' training",
        ),
        (
            "check",
            ('STAGE = "before"', 'STAGE = "soon"'),
            "checks/finite_start.py has STAGE = 'soon'; expected 'before' or 'after' training",
        ),
        (
            "rung",
            ("ORIGIN =", "FROM ="),
            "models/eight_units.py lacks ORIGIN; expected what it is and where it comes from",
        ),
        (
            "yardstick",
            ("CALLED =", "NAMED ="),
            "yardsticks/nearest_example.py lacks CALLED; expected what people call it",
        ),
        (
            "target",
            ("def opened(", "def reopened("),
            "exporters/plain_layers.py lacks opened; expected a function: Reopen it",
        ),
        (
            "kind",
            ("NOUN =", "del NOUN\nNAME ="),
            "kinds/sounds.py lacks NOUN; expected what an example is called",
        ),
        (
            "task",
            ('DTYPE = "int16"', "del DTYPE"),
            "tasks/first_of_two.py lacks DTYPE; expected the dtype",
        ),
    ],
)
def test_an_entry_that_lacks_something_is_refused_in_one_line(
    put: Put, kind: str, change: tuple[str, str], refusal: str
) -> None:
    with pytest.raises(RecetaError, match=f"^{re.escape(refusal)}") as refused:
        put(kind, change)
    assert "\n" not in str(refused.value)


def test_an_entry_behind_one_that_is_not_there_is_refused(put: Put) -> None:
    put("audit", ('AFTER = "odd_shape"', 'AFTER = "odd_shap"'))
    with pytest.raises(RecetaError, match=r"AFTER = 'odd_shap'; .* Did you mean 'odd_shape'\?"):
        audits.SHELF.names()
    with pytest.raises(RecetaError, match=r"audits/a.py stands behind itself"):
        in_order({"a": "b", "b": "a", "c": ""}, "audits")


def test_the_package_is_as_it_was() -> None:
    assert all(name not in shelf for shelf, name, _ in SHELVES.values())
