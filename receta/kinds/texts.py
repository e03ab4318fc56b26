"""How are texts read? Words by one rule, as numbers of a vocabulary that training learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.core.spec import Spec
from receta.data.dataset import Dataset, Quarantined
from receta.data.nouns import NOUNS
from receta.data.words import find_words, table
from receta.kinds import _numbers, _text_files, word_layers
from receta.kinds._sharing import share_texts, translate_texts
from receta.kinds._spoilt import spoil_texts
from receta.kinds._words import NO_WORD, UNKNOWN, Words, number_words, read_words

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe
    from receta.data.examples import Examples, Parts

AFTER = "windows"
KIND = "texts"
NOUN = NOUNS["texts"]
MEANINGS = ("word",)
_MOST_SHOWN = 400  # letters of a text that is shown
RUNGS = ("prior", "linear", "tf_idf", "embed_mean", "conv1d")
spoil = spoil_texts
share, translate = share_texts, translate_texts


def decode(data: Dataset, recipe: Recipe, progress: Progress) -> Words:
    """The words of every text; vocabulary and length are settled with the parts."""
    fields = tuple(filter(None, [str(getattr(data.source, "text_name", ""))]))
    target = str(getattr(data.source, "target_name", ""))
    return read_words(data, Spec("words", (0,), "int32", "word", fields=fields, target=target))


def decode_as(model: Any, data: Dataset, progress: Progress) -> Words:
    """The words of every text, by the vocabulary of a model."""
    return read_words(data, model.specs[0])


def parse(
    model: Any, given: Sequence[str | Path], tell: Callable[[str], None]
) -> Iterator[tuple[str, np.ndarray | Quarantined]]:
    """Texts that were typed, and those of files, as a model takes them."""
    (spec,) = model.specs
    for name, text in _text_files.read_texts(given, spec, tell):
        if isinstance(text, Quarantined):
            yield name, text
            continue
        words = find_words(text, spec.shape[0])
        yield name, number_words(words, spec) if words else Quarantined(name, NO_WORD)


def learn(train: Examples) -> tuple[Spec, ...]:
    """The specs as they are: what training tells of them was settled with the parts."""
    return (train.inputs.spec,)


def open_network(specs: tuple[Spec, ...], low: float) -> tuple[Any, Any]:
    """Input of numbers of words, twice: a rung embeds them itself."""
    import keras

    (taken,) = specs
    inputs = keras.Input(taken.shape, dtype=taken.dtype, name=taken.name)
    return inputs, inputs


def open_plain(specs: tuple[Spec, ...]) -> tuple[Any, Any]:
    """The same weighed as TF-IDF does it, words and pairs, for one layer to sum up."""
    inputs, numbers = open_network(specs, 0.0)
    return inputs, word_layers.weigh(specs[0], numbers)


def tell_example(inputs: Words, row: int) -> list[tuple[str, str]]:
    """The text itself, as far as people read it in a table."""
    text = bytes(inputs.source.raw(row)).decode("utf-8", "replace")
    return [("text", naming.cut(text, _MOST_SHOWN))]


def companions(specs: tuple[Spec, ...]) -> dict[str, Any]:
    """The words by their numbers, and how a text becomes them."""
    (spec,) = specs
    known = {"length": spec.shape[0], "padding": 0, "unknown": 1}
    return {"vocab.json": {**known, "unicode": table().unicode, "words": list(spec.vocabulary)}}


def tell_changes(parts: Parts, tell: Callable[[str], None]) -> None:
    """The vocabulary, the words that it does not have, and the texts that are cut."""
    words: Words = parts.inputs
    n, (length,) = len(words.spec.vocabulary) - 2, words.shape
    rest = np.concatenate([parts.validation.rows, parts.test.rows])
    tell(
        f"The vocabulary has {n:,} words, of the training part. It lacks "
        f"{words.unknown_share(rest):.1%} of the words of the other parts."
    )
    cut = words.cut_share(parts.union().rows)
    if cut:
        tell(f"Of each text the first {length} words are read; {cut:.1%} of them are longer.")


def take(model: Any, value: object, where: str) -> np.ndarray:
    """One text of a request, as a model takes it; InputError for what is none."""
    (spec,) = model.specs
    given = value.get("text") if isinstance(value, dict) and "text" in value else value
    if not isinstance(given, str):
        raise InputError(f"{where} is {type(given).__name__}; expected a text. Write it in quotes.")
    words = find_words(given, spec.shape[0])
    if not words:
        raise InputError(f"{where} {NO_WORD}; expected a text of one word at least.")
    return number_words(words, spec)


def show(spec: Spec, example: np.ndarray) -> str:
    """The words of a text, with a mark in place of each that the vocabulary does not have."""
    words = [spec.vocabulary[number] for number in example[example > 0].tolist()]
    return " ".join("…" if word == UNKNOWN else word for word in words)


def schema(model: Any) -> dict[str, Any]:
    """JSON Schema of a text."""
    return {"title": "a text", "type": "string", "minLength": 1, "examples": ["Hello, world!"]}


def options_of(model: Any) -> dict[str, Any]:
    """The columns of the texts and of their classes, and whether these are values."""
    (spec,) = model.specs
    if not spec.fields:
        return {}
    return {"text": spec.fields[0], "target": spec.target, "task": model.task}


def refuse(recipe: Recipe) -> None:
    """RecipeError for a setting about pictures."""
    _numbers.refuse(recipe, NOUN.many)
