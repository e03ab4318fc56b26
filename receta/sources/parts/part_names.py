"""Which part (train, validation, test) does a name mean, and do the parts fit together?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from receta.core import targets as written
from receta.core.errors import InputError
from receta.core.naming import first_few

# Words for parts; German, Spanish, French, Portuguese and Italian ones without their accents.
PART_WORDS = {
    **dict.fromkeys(
        (
            "train",
            "training",
            "trainval",
            "trn",
            "entrenamiento",
            "entreno",
            "trainieren",
            "entrainement",
            "apprentissage",
            "treino",
            "treinamento",
            "addestramento",
            "allenamento",
        ),
        "train",
    ),
    **dict.fromkeys(
        (
            "val",
            "valid",
            "validation",
            "validate",
            "validating",
            "dev",
            "validacion",
            "validierung",
            "validieren",
            "validacao",
            "validazione",
        ),
        "validation",
    ),
    **dict.fromkeys(
        (
            "test",
            "testing",
            "tests",
            "tst",
            "holdout",
            "prueba",
            "pruebas",
            "teste",
            "testes",
            "testen",
            "prufung",
            "pruefung",
            "essai",
            "prova",
        ),
        "test",
    ),
}


def part_of(name: str) -> str:
    """The part that a name means, or ''.

    >>> part_of("Training"), part_of("test_set"), part_of("Validación"), part_of("trains")
    ('train', 'test', 'validation', '')
    """
    word = re.sub(r"[-_ ]?set$", "", without_accents(name).strip().lower())
    # t10k: as the files of MNIST call it
    return "test" if word == "t10k" else PART_WORDS.get(word, "")


def without_accents(name: str) -> str:
    """A name in plain letters, for comparing.

    >>> without_accents("Validación")
    'Validacion'
    """
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if not unicodedata.combining(letter)
    )


def settle_parts(
    place: str, parts: Sequence[str], targets: np.ndarray, class_names: Sequence[str]
) -> list[str] | None:
    """The parts as they are, or None when they divide nothing.

    Raises InputError when there is nothing to train on, or for a class that training lacks.
    """
    named = {part for part in set(parts) if part}
    if len(set(parts)) < 2:
        return None
    if "train" not in named:
        raise InputError(
            f"{place} has parts {' and '.join(sorted(named))} but none to train on; expected a "
            "part 'train' too. "
            f"Add it, or name one part as DATA."
        )
    lacking = classes_without_training([part == "train" for part in parts], targets, class_names)
    if lacking:
        classes = "1 class" if len(lacking) == 1 else f"{len(lacking)} classes"
        raise InputError(
            f"{place} has {classes} in its validation or test part that its train part lacks "
            f"({first_few(lacking)}); expected every class in train. Add examples there, or take "
            "the class away."
        )
    return list(parts)


def classes_without_training(
    is_train: Sequence[bool], targets: np.ndarray, class_names: Sequence[str]
) -> list[str]:
    """Names of the classes of which no example is there to train on."""
    # values are of no class
    trained = (
        written.counts(targets[np.array(is_train, bool)], len(class_names)) > 0
        if len(class_names)
        else ()
    )
    return [name for index, name in enumerate(class_names) if not trained[index]]
