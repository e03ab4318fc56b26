"""Which folder of a tree is a class, which a part, and which only wraps others?

What the tree's paths say is told; where folders may be parts or classes, the user is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from receta.core import naming
from receta.core.amounts import counted
from receta.data.dataset import PARTS
from receta.sources.parts.part_folders import UNLABELLED, is_empty_name, read_parts
from receta.sources.parts.part_names import part_of
from receta.sources.trees.questions import Asking
from receta.sources.trees.questions import pointer as pointer

_NUMBER = re.compile(r"[0-9]+")
_NO_CLASS = "lies in no class folder"

_Path = list[str]


@dataclass
class Layout:
    """inside: path, class and part of every picture that has a class. strays: the others, and
    why.
    """

    inside: list[tuple[_Path, str, str]] = field(default_factory=list)
    strays: list[tuple[_Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def lay_out(split: list[_Path], place: str, lists: Sequence[str]) -> Layout:
    """The classes and parts of paths that are cut at '/'.

    lists: files beside that may hold the labels. Raises InputError where two readings fit.
    """
    lying, rest, depth = _unwrap(split)
    laid = Layout(strays=[(path, _NO_CLASS) for path in lying])
    if rest and not _by_part(rest, depth, laid, Asking(place, lists)):
        _by_class(rest, depth, laid, Asking(place, lists))
    return laid


def _unwrap(split: list[_Path]) -> tuple[list[_Path], list[_Path], int]:
    """Pictures outside of any folder, the others, and how deep their classes or parts lie."""
    strays: list[_Path] = []
    depth = 0
    while True:
        strays += [path for path in split if len(path) == depth + 1]
        split = [path for path in split if len(path) > depth + 1]
        tops = {path[depth] for path in split}
        if len(tops) != 1 or part_of(next(iter(tops))):
            return strays, split, depth
        below = [path for path in split if len(path) > depth + 2]
        folders = {path[depth + 1] for path in below}
        lying = len(split) - len(below)
        # A wrapper may hold a few pictures of its own; a class with odd sub-folders holds many.
        if not below or (lying and (len(folders) < 2 or lying >= len(below))):
            return strays, split, depth
        depth += 1


@dataclass
class _Top:
    """A folder that may be a part: its paths, where its classes stand, and their names."""

    paths: list[_Path]
    at: int
    classes: set[str]


class _Siblings:
    """Folders side by side, some of them called as parts are.

    agreed: names that are a word for a part and nothing else. named: these, and those with words
    of their own. opened, holding: what is inside of them, and those with class folders. others:
    folders that are called otherwise.
    """

    def __init__(self, split: list[_Path], depth: int) -> None:
        self.depth = depth
        self.tops: dict[str, list[_Path]] = {}
        for path in split:
            self.tops.setdefault(path[depth], []).append(path)
        self.names = sorted(self.tops, key=naming.natural)
        self.agreed, likely = read_parts(self.names)
        told = {**likely, **self.agreed}
        self.named = {top: part for top, part in told.items() if part != UNLABELLED}
        self.opened = {top: _open_top(self.tops[top], depth, part) for top, part in told.items()}
        _pass_lone_folders(self.opened)
        self.holding = {top: part for top, part in self.named.items() if self.opened[top].classes}
        self.others = [top for top in self.names if top not in told]

    def are_parts(self, asking: Asking) -> bool:
        """Whether those that are called as parts are such; InputError where nobody can tell."""
        parts, held = set(self.named.values()), set(self.holding.values())
        sure = all(top in self.agreed for top in self.named)
        shared = self._share_classes()
        if not self.named:
            return False
        if len(self.tops) == 1:
            return bool(part_of(self.names[0]))
        if self.others:
            # beside other folders 'train' may well be a class of vehicles; two parts are no
            # accident
            if len(held) > 1:
                return sure or shared
            if self.holding and (inner := self._equal_insides()):
                raise asking.alike(next(iter(self.holding)), self.others, inner)
            if self._is_lone_part():
                raise asking.beside(next(iter(self.holding)), self.others)
            if not self.holding and sure and len(parts) > 1 and "train" in parts:
                raise asking.flat(self.named, list(self.named))
            return False
        # train1, train2: the same classes inside, or classes themselves
        if len(parts) == 1 and len(self.named) == len(self.tops):
            return bool(set.intersection(*(one.classes for one in self.opened.values())))
        if "train" not in parts:
            return all(part_of(top) for top in self.named)
        if "train" not in held and (sure or not held):
            raise asking.flat(self.named, [top for top in self.named if top not in self.holding])
        return sure or shared

    def _share_classes(self) -> bool:
        """Whether a part to judge on holds a class of the part to train on."""
        trained = set[str]().union(
            *(self.opened[top].classes for top, part in self.holding.items() if part == "train")
        )
        return any(
            self.opened[top].classes & trained
            for top, part in self.holding.items()
            if part != "train"
        )

    def _equal_insides(self) -> list[str]:
        """Folders that a part holds and all folders beside it do too, where these are two at
        least.
        """
        inside = [
            {path[self.depth + 1] for path in self.tops[top] if len(path) > self.depth + 2}
            for top in self.others
        ]
        shared = set.intersection(self.opened[next(iter(self.holding))].classes, *inside)
        return sorted(shared, key=naming.natural) if len(shared) > 1 else []

    def _is_lone_part(self) -> bool:
        """Whether one part holds class folders and nothing else, and all folders beside it hold
        pictures themselves.
        """
        if len(self.holding) != 1 or not self.agreed.keys() >= self.holding.keys():
            return False
        lone = self.opened[next(iter(self.holding))]
        flat = all(len(path) == self.depth + 2 for top in self.others for path in self.tops[top])
        return (
            flat and len(lone.classes) > 1 and all(len(path) > lone.at + 1 for path in lone.paths)
        )


def _by_part(split: list[_Path], depth: int, laid: Layout, asking: Asking) -> bool:
    """Lay out parts above classes; False when the folders at this depth are no parts."""
    side = _Siblings(split, depth)
    if not side.are_parts(asking):
        if len(side.tops) > 1 and any(top in side.agreed for top in side.named):
            beside = f" like {naming.first_few(side.others, 2)} beside it" if side.others else ""
            laid.notes.append(
                f"taken for a class{beside}, not for a part: {naming.first_few(side.named, 2)}"
            )
        return False
    left = []
    for top in side.names:
        flat = (
            "no class folders"
            if top not in side.others and not side.opened[top].classes
            else "no part"
        )
        lost = "" if top in side.holding else f"lies in {top!r}: {flat}"
        left += [f"{top!r} ({counted(len(side.tops[top]), 'pictures')}, {flat})"] if lost else []
        for path in side.tops[top]:
            if not lost and len(path) > side.opened[top].at + 1:
                laid.inside.append((path, path[side.opened[top].at], side.named[top]))
            else:
                laid.strays.append((path, lost or _NO_CLASS))
    if len(side.tops) > 1:
        parts = {part: [top for top in side.holding if side.named[top] == part] for part in PARTS}
        said = "; ".join(
            f"{part} from {naming.first_few(some, 3)}" for part, some in parts.items() if some
        )
        said = (
            f"parts: {said}" if ";" in said else f"classes from {naming.first_few(side.holding, 3)}"
        )
        gone = (
            "; left out: " * bool(left)
            + ", ".join(left[:3])
            + f" and {len(left) - 3} more" * (len(left) > 3)
        )
        laid.notes.append(f"{said}{gone}")
    return True


def _open_top(paths: list[_Path], depth: int, part: str) -> _Top:
    """Where the classes of a part begin: train/train/cat and train/images/cat are passed through.

    A number is not that holds pictures itself: test/0/1.png is of the class 0, the only one there.
    """
    at = depth + 1
    while True:
        inner = {path[at] for path in paths if len(path) > at + 1}
        if len(inner) != 1 or any(len(path) <= at + 1 for path in paths):
            break
        name = next(iter(inner))
        is_number = not any(letter.isalpha() for letter in name)
        if is_number and any(len(path) == at + 2 for path in paths):
            break
        if not (
            name == paths[0][depth]
            or is_empty_name(name)
            or part_of(name) == part
            or read_parts([name])[0].get(name) == part
        ):
            break
        at += 1
    return _Top(paths, at, inner)


def _pass_lone_folders(opened: dict[str, _Top]) -> None:
    """Pass through a folder that every part holds as its only one: train/v1/cat, test/v1/cat."""
    holding = [one for one in opened.values() if one.classes]
    lone = {frozenset(one.classes) for one in holding}
    deeper = all(all(len(path) > one.at + 2 for path in one.paths) for one in holding)
    if len(holding) > 1 and len(lone) == 1 and len(next(iter(lone))) == 1 and deeper:
        for one in holding:
            one.at += 1
            one.classes = {path[one.at] for path in one.paths}


def _by_class(split: list[_Path], depth: int, laid: Layout, asking: Asking) -> None:
    """Lay out classes, with parts inside them where every class has them."""
    inner = {path[depth + 1] if len(path) > depth + 2 else "" for path in split}
    parts = read_parts(sorted(inner))[0] if "" not in inner else {}
    is_split = len(parts) == len(inner) and UNLABELLED not in parts.values()
    tops = list(dict.fromkeys(path[depth] for path in split))
    below = {path[depth + 2] for path in split if len(path) > depth + 3}
    if is_split and len(set(parts.values())) > 1:
        of = {
            top: {path[depth + 2] for path in split if path[depth] == top and len(path) > depth + 3}
            for top in tops[:2]
        }
        if (
            len(below) > 1
            and all(len(path) > depth + 3 for path in split)
            and len(set.intersection(*of.values())) > 1
        ):
            raise asking.nested(tops, sorted(below, key=naming.natural))
        laid.notes.append(
            "parts inside of the classes: "
            f"{', '.join(f'{part} from {name!r}' for name, part in parts.items())}"
        )
    elif len(tops) > 1:
        _tell_equal_insides(split, depth, laid, asking)
    for path in split:
        laid.inside.append((path, path[depth], parts.get(path[depth + 1], "") if is_split else ""))


def _tell_equal_insides(split: list[_Path], depth: int, laid: Layout, asking: Asking) -> None:
    """Note where all classes hold folders of the same names: those may be the classes.

    Ask where nothing but a number differs.
    """
    inside: dict[str, set[str]] = {}
    for path in split:
        if len(path) < depth + 3:
            return
        inside.setdefault(path[depth], set()).add(path[depth + 1])
    first, *rest = inside.values()
    if len(first) > 1 and all(one == first for one in rest):
        tops, inner = sorted(inside, key=naming.natural), sorted(first, key=naming.natural)
        stems = {_NUMBER.sub("", top) for top in tops}
        if len(stems) == 1 and re.search(r"[^\W\d_]{2}", next(iter(stems))):
            raise asking.numbered(tops, inner)
        laid.notes.append(
            f"{naming.first_few(tops, 3)} are taken for the classes; each holds "
            f"{naming.first_few(inner, 2)}: if those are, name "
            f"{tops[0]!r} as DATA"
        )
