"""Do texts go the whole path, with a vocabulary of the training part alone?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import receta
from receta import journey, kinds, models, tasks
from receta.core.deadline import NEVER, Deadline
from receta.core.errors import InputError
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.data.dataset import Splits
from receta.data.examples import Parts
from receta.data.texts import Written
from receta.kinds import word_layers
from receta.models.parts import word_fit
from receta.sources import load
from receta.splitting import split

GOOD = ("una película preciosa", "me encantó el final", "gran actuación 😂", "muy buena historia")
BAD = ("una película horrible", "me aburrió el final", "mala actuación 😡", "muy triste historia")


def write_reviews(place: Path, n: int = 160, header: str = "texto\tclase") -> Path:
    """Reviews of two classes, some with quotes that are letters."""
    rng = np.random.default_rng(0)
    lines = [header] if header else []
    for at in range(n):
        said = (GOOD, BAD)[at % 2]
        words = [said[one] for one in rng.permutation(len(said))[:3]]
        lines.append(f'"{" , ".join(words)} {at}\t{("buena", "mala")[at % 2]}')
    place.write_text("\n".join(lines) + "\n")
    return place


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> receta.Run:
    folder = tmp_path_factory.mktemp("texts")
    recipe = Recipe(rungs=("prior", "linear"), epochs=2)
    return journey.run(write_reviews(folder / "films.tsv"), out=folder / "run", recipe=recipe)


def test_a_run_tells_texts_apart_and_names_their_columns(run: receta.Run) -> None:
    (spec,) = run.specs
    assert (spec.fields, spec.target, spec.dtype) == (("texto",), "clase", "int32")
    assert run.scores is not None
    assert run.scores["accuracy"] == 1


def test_vocabulary_travels_with_run_and_bundle(run: receta.Run, tmp_path: Path) -> None:
    known = json.loads((run.folder / "vocab.json").read_text())
    assert known["words"] == list(run.specs[0].vocabulary)
    assert "😂" in known["words"]
    bundle = receta.export(run, "onnx", tmp_path / "onnx")
    assert json.loads((tmp_path / "onnx" / "vocab.json").read_text()) == known
    asked = "PELÍCULA preciosa, gran actuación"
    mine, theirs = (receta.predict(one, text=asked)[0]["top"][0] for one in (run, bundle))
    assert (mine["class"], theirs["class"]) == ("buena", "buena")
    assert mine["probability"] == pytest.approx(theirs["probability"], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("new.txt", "gran actuación\nmala actuación\n"),
        ("new.csv", "n,texto\n1,gran actuación\n2,mala actuación\n"),
        ("new.jsonl", '{"texto": "gran actuación"}\n{"texto": "mala actuación"}\n'),
        ("bare.csv", "gran actuación\nmala actuación\n"),
    ],
)
def test_new_texts_are_read_from_files(
    run: receta.Run, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    found = receta.predict(run, tmp_path / name)
    assert [(one["id"], one["top"][0]["class"]) for one in found] == [
        ("0", "buena"),
        ("1", "mala"),
    ]


def test_a_text_without_words_is_not_answered(run: receta.Run) -> None:
    found = receta.predict(run, text=["...", "gran actuación"])
    assert [gone.reason for gone in found.unreadable] == ["holds no word"]
    assert len(found) == 1


def test_words_of_other_parts_are_not_learnt(tmp_path: Path) -> None:
    data = load(write_reviews(tmp_path / "films.tsv"))
    parts = kinds.feed(split(data, Recipe()), Recipe(), Quiet())
    known = set(parts.inputs.spec.vocabulary)
    numbers = {str(one.split()[-1]) for one in map(str, parts.test)}
    assert not known & (numbers - {str(one).split()[-1] for one in parts.train})
    assert parts.train.values.max() < len(parts.inputs.spec.vocabulary)


def test_neither_validation_nor_test_moves_vocabulary_and_weights(tmp_path: Path) -> None:
    data = load(write_reviews(tmp_path / "films.tsv", 80))
    parts = split(kinds.read(data, Recipe(), Quiet()), Recipe())
    later = {str(one).split()[-1] for part in (parts.validation, parts.test) for one in part}
    lines = (tmp_path / "films.tsv").read_text().splitlines()
    spoilt = [
        "\t".join([f"{line.split()[0]} zzz zzz qqq", line.split("\t")[1]])
        if line.partition("\t")[0].split()[-1] in later
        else line
        for line in lines
    ]
    assert spoilt != lines
    (tmp_path / "other.tsv").write_text("\n".join(spoilt) + "\n")
    found = []
    for name in ("films.tsv", "other.tsv"):
        examples = kinds.read(load(tmp_path / name), Recipe(), Quiet())
        same = Splits(*(examples.take(part.rows) for part in parts))
        fed = Parts.of(same, examples.inputs)
        (spec,), task = kinds.learn(fed.train), tasks.of("classes")
        blind = task.blind(fed.train.targets, 2)
        network = models.build("linear", (spec,), blind, Recipe(), task="classes")
        word_fit._found.clear()
        models.begin("linear", network, fed.train, Recipe())
        found.append((spec, [np.asarray(one).tobytes() for one in network.get_weights()]))
    assert "zzz" not in found[1][0].vocabulary
    assert found[0] == found[1]


def test_features_that_are_solved_are_those_of_the_layers(tmp_path: Path) -> None:
    import keras

    data = load(write_reviews(tmp_path / "films.tsv", 40))
    parts = kinds.feed(split(data, Recipe()), Recipe(), Quiet())
    (spec,), numbers = parts.inputs.specs, parts.train.values[:8]
    inputs = keras.Input(spec.shape, dtype="int32")
    network = keras.Model(inputs, word_layers.weigh(spec, inputs, width=3))
    by_name = {layer.name: layer for layer in network.layers}
    kernel = np.concatenate(
        [by_name[name].get_weights()[0] for name in ("word", "two_words")], axis=0
    )
    rarity = word_fit.find_rarity(parts.train.values, spec)
    by_name["rare_word"].set_weights([rarity[: len(spec.vocabulary), None]])
    by_name["rare_pair"].set_weights([rarity[len(spec.vocabulary) :, None]])
    solved = word_fit.find_features(numbers, spec, rarity) @ kernel
    assert np.asarray(network(numbers)) == pytest.approx(solved, abs=1e-5)


def test_a_search_of_weights_stops_when_its_time_is_over() -> None:
    features, wanted = np.eye(30), np.eye(3)[np.arange(30) % 3]
    calls = {"over": 0, "never": 0}

    def search(name: str, deadline: Deadline) -> None:
        def descend(said: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            calls[name] += 1
            return tasks.of("classes").descend(said, wanted)

        sparse = pytest.importorskip("scipy.sparse").csr_matrix(features)
        word_fit._minimize(sparse, wanted, descend, 100.0, start=None, deadline=deadline)

    search("never", NEVER)
    search("over", Deadline(0.0))
    assert calls["over"] < calls["never"], calls


def test_a_text_of_a_request_is_taken_and_others_are_refused(run: receta.Run) -> None:
    kind = kinds.of_model(run)
    (_, parsed), *_ = kind.parse(run, [Written("gran actuación")], print)
    assert np.array_equal(kind.take(run, {"text": "gran actuación"}, "it"), parsed)
    with pytest.raises(InputError, match="it is int; expected a text"):
        kind.take(run, 7, "it")


def test_two_columns_of_classes_are_asked_about(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    rows = [
        f"{word} it was a very long film {n},{n % 2},{n % 3}" for n, word in enumerate("ab" * 9)
    ]
    place.write_text("text,mood,place\n" + "\n".join(rows) + "\n")
    with pytest.raises(InputError, match="2 columns that may hold the classes"):
        load(place)
    assert load(place, target="mood", text="text").class_names == ("0", "1")


@pytest.mark.slow
@pytest.mark.parametrize("rung", ["embed_mean", "conv1d", "lstm"])
def test_every_rung_of_texts_goes_out_to_every_place(rung: str, tmp_path: Path) -> None:
    recipe = Recipe(rungs=(rung,), epochs=1)
    place = write_reviews(tmp_path / "films.tsv", 120)
    found = journey.run(place, out=tmp_path / "run", recipe=recipe, force=True)
    for target in ("onnx", "litert", "tfjs"):
        bundle = receta.export(found, target, tmp_path / target)
        assert bundle.top_agreement == 1
        assert "vocab.json" in bundle.files
