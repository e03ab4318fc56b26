"""Which labelled examples does JSON hold, whatever its shape?

{"content": ..., "label": "b"}            a record; alone, in a list, or one a line; keys are
guessed or said
{"content": ..., "annotation": {"labels": ["b"]}}        as Dataturks wrote them; several labels, or
none, in one list
{"b": picture} or {"b": [pictures]}       a label and what belongs to it
{"labels": [...], "images": [...]}        columns
{"train": [records], "test": [records]}   any of these by part, or below one key ({"data": [...]})
"""

from __future__ import annotations

import contextlib
import difflib
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from receta.codecs import base64_text, json_files
from receta.codecs.json_pieces import Document, NotJson, Number, Pairs, Text, Value
from receta.core import naming
from receta.core.errors import InputError
from receta.data.dataset import Task
from receta.sources import Options, _label_choice, _label_sets, _part_columns
from receta.sources._json_shapes import (
    CONTENT,
    LABEL,
    MOST_LABEL,
    Example,
    find_records,
    holds_objects,
    is_address,
    is_all_known,
    is_list,
    join_keys,
    kind_of,
    look_up,
    make_fault,
    make_leaf,
    plain_key,
    shorten,
)
from receta.sources._parts import part_of, settled

_LOOKED_AT = 500  # records by which the key of the label is chosen
_MOST_KEYS, _MOST_PARTS = 200, 8
SNIFFED = 50  # examples that are looked at to see which kind of file it is


@dataclass(frozen=True)
class Arranged:
    """What a source says of its rows."""

    task: Task
    targets: np.ndarray
    class_names: tuple[str, ...]
    parts: list[str] | None
    groups: list[str] | None
    notes: tuple[str, ...] = ()


class Reader:
    """The examples of a document; wants: address, picture or "" for either."""

    def __init__(self, place: str, document: Document, options: Options, wants: str = "") -> None:
        self.place, self.document, self.options, self.wants = place, document, options, wants
        self.columns: list[str] = []  # keys of the first record
        self.part_keys: tuple[str, ...] = ()  # those of them that may say a part
        self._has_group = False
        self._label_key = options.label or (self._chosen() if wants else None)
        self._used: Counter[tuple[str, str]] = Counter()  # keys of picture and label

    def notes(self) -> tuple[str, ...]:
        """Which keys were taken for what, one line each; () where labels are keys themselves."""
        if not self._used:
            return ()
        (content, label), _ = self._used.most_common(1)[0]
        what = "addresses" if self.wants == "address" else "pictures"
        used = {
            content,
            label,
            self.options.group,
            *self.part_keys,
            *(key.partition(".")[0] for key in (content, label)),
        }
        aside = [key for key in self.columns if key not in used]
        found = [
            f"key {content[:40]!r} holds the {what}",
            *([f"key {label[:40]!r} holds the label"] if label else []),
        ]
        return (
            *map(naming.printable, found),
            *(note.replace("column", "key", 1) for note in naming.tell_aside(aside)),
        )

    def _chosen(self) -> str | None:
        """The key of the label by what stands below it, where no plain name says it.

        None for a guess by name.

        Raises InputError where two keys may be it.
        """
        head = json_files.head(self.place)
        records: list[Pairs] = []
        with contextlib.suppress(NotJson, OSError, EOFError, zlib.error):
            for entry in head.entries(leave_out=True):
                records += find_records(entry.value)[:_LOOKED_AT]
                if len(records) >= _LOOKED_AT:
                    break
        known = {plain_key(key) for pairs in records for key in pairs.keys()} & {*LABEL}  # noqa: SIM118  a list of pairs
        if not records or not known <= {*_label_choice.WEAK}:
            return None
        keys = list(
            dict.fromkeys(
                key
                for pairs in records
                for key, value in pairs
                if not isinstance(value, (Pairs, list))
            )
        )
        keys = [
            key
            for key in keys
            if plain_key(key) not in CONTENT
            and not _part_columns.may_say_parts(key)
            and key != self.options.group
        ]
        lookup = [{key: value for key, value in pairs} for pairs in records]  # noqa: C416  dict() takes them for a mapping
        cells = [[shorten(head, pairs.get(key)) for pairs in lookup] for key in keys[:_MOST_KEYS]]
        facts = [
            _label_choice.look_at(at, key, column)
            for at, (key, column) in enumerate(zip(keys, cells, strict=False))
        ]
        rest = [
            one
            for one in facts
            if one.counts and not any(is_address(cell.encode()) for cell in list(one.counts)[:3])
        ]
        # nothing to choose between: a name that is guessed, or a fault that is told by its line
        if len(rest) < 2:
            return None
        chosen = _label_choice.choose(self.place, rest, [cells[one.at] for one in rest])
        return None if chosen.label is None else keys[chosen.label]

    def examples(self) -> Iterator[Example]:
        """All of them in order; InputError for the first fault, unless faults are kept."""
        keeps = self.options.bad_rows == "quarantine"
        for entry in self.document.entries(leave_out=keeps):
            steps = [f"line-{entry.line}"] if entry.lines else []
            where = "/".join([*steps, f"item-{entry.item}"] if entry.item else steps)
            start = Example(where, entry.line)
            if entry.broken:
                yield replace(
                    start, reason=f"no JSON: the line {naming.printable(entry.broken)}", fault=True
                )
                continue
            try:
                for example in self._walk(entry.value, start):
                    if example.fault and not keeps:
                        raise InputError(self._complaint(example))
                    yield example
            except NotJson as error:
                if not keeps:
                    raise
                yield replace(start, reason=error.what, fault=True)

    def looks(self, text: Text) -> str:
        """address, picture, or "" for a text that is neither."""
        first = self.document.head(text)
        if is_address(first):
            return "address"
        return "picture" if base64_text.looks_like(first) else ""

    def _walk(self, value: Value, at: Example) -> Iterator[Example]:
        if isinstance(value, Pairs):
            yield from self._object(value, at)
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                yield from self._walk(item, replace(at, where=join_keys(at.where, str(number))))
        elif not at.label:
            yield make_fault(at, f"is {kind_of(value)} without a label")
        else:
            yield make_leaf(value, at)

    def _object(self, pairs: Pairs, at: Example) -> Iterator[Example]:
        label_key, label = look_up(pairs, self._label_key, LABEL)
        content_key, content = self._content(pairs)
        said = self.options.label is not None or self.options.content is not None
        if (
            content_key
            and (label_key or at.label)
            and not (holds_objects(content) and not label_key)
        ):
            self._used[content_key, label_key] += 1
            yield from self._record(pairs, content, label, replace(at))
        elif (
            not said
            and not (content_key and not holds_objects(content) and is_all_known(pairs))
            and self._is_mapping(pairs, at)
        ):
            yield from self._mapping(pairs, at)
        else:
            missing = [
                f"{what} {f'(a key {option!r})' if option else ''}".strip()
                for what, option, key in (
                    ("label", self.options.label, label_key),
                    ("picture", self.options.content, content_key),
                )
                if not key
            ]
            keys = (
                f"its keys are {naming.first_few(map(naming.printable, pairs.keys()))}"
                if pairs
                else "it is empty"
            )
            asked = [option for option in (self.options.label, self.options.content) if option]
            near = next(
                (
                    close
                    for option in asked
                    for close in difflib.get_close_matches(option, pairs.keys(), n=1)
                ),
                None,
            )
            yield make_fault(
                at,
                f"has no {' and no '.join(missing)}; "
                f"{keys}{f'. Did you mean {near!r}' if near else ''}",
            )

    def _record(self, pairs: Pairs, content: Value, label: Value, at: Example) -> Iterator[Example]:
        if not self.columns:
            self.columns = list(dict.fromkeys(pairs.keys()))
            self._has_group = self.options.group in self.columns
            self.part_keys = tuple(
                key
                for key in self.columns
                if _part_columns.may_say_parts(key) and key != self._label_key
            )[:_MOST_PARTS]
        group = look_up(pairs, self.options.group, ())[1] if self._has_group else None
        parts = [look_up(pairs, key, ())[1] for key in self.part_keys]
        if not is_list(content):
            yield from self._one(content, label, group, parts, at)
            return
        n = len(content)
        columns: list[list[Any]] = [
            value if is_list(value) and len(value) != 1 else [value] * n
            for value in (label, group, *parts)
        ]
        if any(len(column) != n for column in columns):
            yield make_fault(at, f"has {n:,} pictures but {len(columns[0]):,} labels")
            return
        for number, (item, one_label, one_group, *one_parts) in enumerate(
            zip(content, *columns, strict=True), 1
        ):
            yield from self._one(
                item,
                one_label,
                one_group,
                one_parts,
                replace(at, where=join_keys(at.where, str(number))),
            )

    def _one(
        self, content: Value, label: Value, group: Value, parts: Sequence[Value], at: Example
    ) -> Iterator[Example]:
        found, complaint = self._labels(label)
        found = found or ((at.label,) if at.label else found)
        if complaint or found is None:
            yield make_fault(at, complaint or "has no label: it is empty")
            return
        if self._has_group:
            of, complaint = self._label(group)
            if not of:
                yield make_fault(at, complaint or f"has no group (a key {self.options.group!r})")
                return
            at = replace(at, group=of)
        said = tuple(self._label(part)[0] for part in parts)
        if isinstance(content, Pairs):
            content = self._guessed(content)[1]
        yield make_leaf(
            content,
            replace(
                at, label=", ".join(found), labels=found if len(found) != 1 else None, said=said
            ),
        )

    def _mapping(self, pairs: Pairs, at: Example) -> Iterator[Example]:
        by_part = all(part_of(key) and holds_objects(value) for key, value in pairs)
        has_records = any(is_list(value) and holds_objects(value) for _, value in pairs)
        for key, value in pairs:
            if has_records and not isinstance(value, list) and not self._seems(value):
                continue  # words about the data, beside the data
            name = key.strip()
            inside = replace(at, where=join_keys(at.where, name[:100]))
            if by_part:
                yield from self._walk(value, replace(inside, part=part_of(key)))
            elif not name or len(name) > MOST_LABEL:
                yield make_fault(inside, f"has a label of {len(name):,} characters")
            else:
                yield from self._walk(value, replace(inside, label=name))

    def _is_mapping(self, pairs: Pairs, at: Example) -> bool:
        if len(pairs) == 1 and isinstance(pairs[0][1], Text):
            return plain_key(pairs[0][0]) not in LABEL or self._seems(pairs[0][1])
        seen = [self._seems(value) for _, value in pairs[:1000]]
        return bool(seen) and (
            all(seen)
            or (at.where == "" and any(seen))
            or any(holds_objects(value) for _, value in pairs)
        )

    def _seems(self, value: Value) -> bool:
        """Whether a value may be a picture, an address or several of them."""
        if isinstance(value, Text):
            return self.looks(value) != ""
        if isinstance(value, Pairs):
            return any(self._seems(inner) for _, inner in value[:5])
        if isinstance(value, list):
            return not value or any(self._seems(inner) for inner in value[:5])
        return False

    def _content(self, pairs: Pairs) -> tuple[str, Value]:
        if self.options.content is not None:
            return look_up(pairs, self.options.content, ())
        return self._guessed(pairs)

    def _guessed(self, pairs: Pairs) -> tuple[str, Value]:
        """Key and value that hold a picture or an address by their names, and by what they look
        like.
        """
        found = [
            (CONTENT.index(plain_key(key)), key, value)
            for key, value in pairs
            if plain_key(key) in CONTENT
        ]
        found.sort(key=lambda item: item[0])
        for wanted in (self.wants, ""):
            for _, key, value in found:
                first = value
                while first and isinstance(first, list):
                    first = first[0][1] if isinstance(first, Pairs) else first[0]
                looks = self.looks(first) if isinstance(first, Text) else ""
                if looks and looks == (wanted or looks):
                    return key, value
        return next(
            ((key, value) for _, key, value in found if value is not None),
            found[0][1:] if found else ("", None),
        )

    def _labels(self, value: Value) -> tuple[tuple[str, ...] | None, str]:
        """The labels that a value means, None for no value, and what is wrong with it."""
        if isinstance(value, Pairs):
            return self._labels(look_up(value, None, (*LABEL, "name", "value", "text"))[1])
        if not isinstance(value, list):
            name, complaint = self._label(value)
            return ((name,) if name else None), complaint
        found = [self._labels(item) for item in value]
        names = tuple(dict.fromkeys(name for some, _ in found for name in some or ()))
        complaint = next((wrong for _, wrong in found if wrong), "")
        return (names if names or not value else None), complaint

    def _label(self, value: Value) -> tuple[str, str]:
        """The label that a value means, and what is wrong with it."""
        if isinstance(value, Pairs):
            return self._label(look_up(value, None, (*LABEL, "name", "value", "text"))[1])
        if isinstance(value, list):
            found = {self._label(item) for item in value}
            if len(found) > 1:
                return (
                    "",
                    f"has {len(found)} labels "
                    f"({naming.first_few(sorted(name for name, _ in found))})",
                )
            return found.pop() if found else ("", "")
        if isinstance(value, Text):
            if value.end - value.start > 6 * MOST_LABEL:
                return "", f"has a label of {value.end - value.start:,} characters"
            text = self.document.text(value).strip()
            return (
                (text, "")
                if len(text) <= MOST_LABEL
                else ("", f"has a label of {len(text):,} characters")
            )
        if isinstance(value, Number):
            return (
                ("", "")
                if value.lstrip("-") in ("NaN", "Infinity")
                else (str(value)[:MOST_LABEL], "")
            )
        return ("" if value is None else str(value).lower()), ""

    def _complaint(self, example: Example) -> str:
        keeps_more = example.where != ""
        at = f"line {example.line}" + (
            f" ({naming.printable(example.where)})"
            if "/" in example.where or "item" in example.where
            else ""
        )
        return (
            f"{self.place}: {at} {naming.printable(example.reason)}; expected an address or a "
            "picture in base64, and its label. "
            f"Mend it, or name the keys with --content and --label"
            f"{', or leave such out with --bad-rows quarantine' if keeps_more else ''}."
        )


def sniffed(place: str, options: Options) -> str:
    """address or picture, by the first contents of a file; "" where neither is seen."""
    lenient = replace(options, bad_rows="quarantine")
    with contextlib.suppress(NotJson, OSError, EOFError, zlib.error):
        reader = Reader(place, json_files.head(place), lenient)
        for _, example in zip(range(SNIFFED), reader.examples(), strict=False):
            if example.content is not None and (looks := reader.looks(example.content)):
                return looks
    return ""


def arranged(
    place: str, examples: Sequence[Example], task: Task | None = None, reader: Reader | None = None
) -> Arranged:
    """Classes or labels, parts and groups of those that can be used, and what is to be said of
    them.
    """
    found = _label_sets.understood(place, [example.names for example in examples], task)
    targets, class_names = found.targets, found.class_names
    groups = [example.group for example in examples if example.group is not None]
    keys = reader.part_keys if reader is not None else ()
    rows = [example.said or ("",) * len(keys) for example in examples]
    columns = _part_columns.find(keys, lambda at: _part_columns.few(row[at] for row in rows), set())
    parts = [example.part for example in examples]
    if columns.columns:
        said = [columns.part([row[at] for at in columns.columns]) for row in rows]
        parts = [one or part for one, part in zip(said, parts, strict=True)]
        settled_parts, told = _part_columns.fitting(columns, keys, parts, targets, class_names)
    else:
        settled_parts, told = settled(place, parts, targets, class_names), columns.notes
    notes = (
        *(reader.notes() if reader is not None else ()),
        *(note.replace("column", "key", 1) for note in told),
    )
    return Arranged(
        found.task, targets, class_names, settled_parts, groups if groups else None, notes
    )
