"""Which of the folders side by side are parts (train, test ...), and not classes?

seg_train   seg_test   seg_pred       one stem, and a word for a part in each
train_images  test (1)  TrainSet2     words that say nothing (images, set), and numbers, do not
count
train_cats  test_dogs                 words of their own: likely parts, but only what lies inside
can tell
test  cat  dog                        no part: its neighbours are none
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from receta.sources.parts.part_names import PART_WORDS, part_of, without_accents

UNLABELLED = "unlabelled"  # a folder to be predicted: beside parts it is none to train or test on
_TO_PREDICT = frozenset(
    [
        "pred",
        "predict",
        "prediction",
        "predictions",
        "unlabeled",
        "unlabelled",
        "submission",
        "inference",
    ]
)
# test, or validation beside a test
_JUDGING = frozenset(["eval", "evaluation", "evaluate", "evaluacion", "avaliacao", "auswertung"])
# Words that say nothing of what is inside.
_EMPTY_WORDS = frozenset(
    [
        "set",
        "data",
        "dataset",
        "datasets",
        "image",
        "images",
        "img",
        "imgs",
        "picture",
        "pictures",
        "pic",
        "pics",
        "photo",
        "photos",
        "folder",
        "dir",
        "files",
        "split",
        "part",
        "samples",
        "sample",
        "public",
        "private",
        "x",
        "y",
        "imagenes",
        "datos",
        "fotos",
        "conjunto",
        "carpeta",
        "bilder",
        "daten",
        "satz",
        "datensatz",
        "ordner",
        "donnees",
        "dossier",
        "jeu",
        "ensemble",
        "imagens",
        "dados",
        "immagini",
        "de",
        "del",
        "the",
        "for",
        "jpg",
        "jpeg",
        "png",
    ]
)
_CUT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
_GLUED = re.compile(r"^([a-z]+?)s?(set|data|dataset|images|imgs|img|daten|bilder|fotos|pics)$")


def cut(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters, without those that say nothing and without numbers.

    >>> cut("Final_TrainImages (2)"), cut("trainset"), cut("Entrenamiento2")
    (('final', 'train'), ('train',), ('entrenamiento',))
    """
    words = [word.lower() for word in _CUT.findall(without_accents(name)) if not word.isdigit()]
    unglued = (
        found[1] if (found := _GLUED.match(word)) and _part(found[1]) else word for word in words
    )
    return tuple(word for word in unglued if word not in _EMPTY_WORDS)


def is_empty_name(name: str) -> bool:
    """Whether a folder's name says nothing of what is inside: images, data ...

    >>> is_empty_name("Images"), is_empty_name("cat")
    (True, False)
    """
    return not cut(name)


def read_parts(names: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """What each name means as a part: those that agree, and those with words of their own.

    >>> read_parts(["seg_train", "seg_test", "seg_pred"])[0]
    {'seg_train': 'train', 'seg_test': 'test', 'seg_pred': 'unlabelled'}
    >>> read_parts(["train_station", "test_tube", "cup"])
    ({}, {'train_station': 'train', 'test_tube': 'test'})
    """
    words = {name: cut(name) for name in names}
    bearing = [
        name
        for name, inside in words.items()
        if part_of(name) or any(_part(word) for word in inside)
    ]
    shared = (
        set.intersection(*(set(words[name]) for name in bearing))
        if len(bearing) > 1
        else set[str]()
    )
    agreed: dict[str, str] = {}
    likely: dict[str, str] = {}
    for name in bearing:
        own = [word for word in words[name] if word not in shared] or [
            word for word in words[name] if _part(word)
        ]
        said = {_part(word) for word in own} - {""}
        if part_of(name):
            agreed[name] = part_of(name)
        elif len(said) == 1:
            (agreed if all(_part(word) for word in own) else likely)[name] = said.pop()
    if not bearing:
        agreed = _find_glued(list(words))
    # Which of the two an evaluation is depends on what stands beside it.
    judged = "validation" if "test" in (*agreed.values(), *likely.values()) else "test"
    return tuple(
        {name: judged if part == "judging" else part for name, part in some.items()}
        for some in (agreed, likely)
    )  # type: ignore[return-value]


def _find_glued(names: list[str]) -> dict[str, str]:
    """Parts of names that are all one stem and a word for a part, with nothing between:
    mytrain, mytest.
    """
    readings: list[dict[str, str]] = []
    for name in names:
        plain = without_accents(name).lower()
        ends = {
            plain.removesuffix(word): part
            for word, part in PART_WORDS.items()
            if plain.endswith(word)
        }
        begins = {
            plain.removeprefix(word): part
            for word, part in PART_WORDS.items()
            if plain.startswith(word)
        }
        readings.append({**ends, **begins})
    stems = set.intersection(*map(set, readings)) if len(names) > 1 else set[str]()
    for stem in sorted(stems, key=len):
        found = {name: reading[stem] for name, reading in zip(names, readings, strict=True)}
        if len(set(found.values())) > 1 and "train" in found.values():
            return found
    return {}


def _part(word: str) -> str:
    return (
        UNLABELLED
        if word in _TO_PREDICT
        else "judging"
        if word in _JUDGING
        else PART_WORDS.get(word, "")
    )
