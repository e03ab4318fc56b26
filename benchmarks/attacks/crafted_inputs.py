"""Does `audit` or `run` survive files that are made to take all memory, all time, or to be another file?"""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from _attack import Attack, Lure, numbered


def attacks(folder: Path, rng: random.Random, lure: Lure) -> Iterator[Attack]:
    """Some 50, each of a kind of its own."""
    places = numbered(folder)
    for made in (tables, arrays, jsons, parquets, archives, records):
        for name, file, content, words in made(lure):
            here = next(places)
            (here / file).parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(here / file)
            else:
                (here / file).write_bytes(content)
            place = here if words[:1] == ["."] else here / file
            verb = ["audit"] if {"--target", "--series"} & {*words} else ["run"]
            said = [word for word in words if word != "."]
            yield Attack(
                name,
                [*verb, str(place), *said],
                may_open=name == "clean.json that names the secret",
            )


BOMB = 600 * 2**20
Made = Iterator[tuple[str, str, "bytes | Callable[[Path], None]", list[str]]]


def png() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


def tables(lure: Lure) -> Made:
    target = ["--target", "t"]
    rows = "\n".join(",".join([str(row)] * 2000) for row in range(8))
    yield (
        "2,000 equal columns",
        "x.csv",
        ("t," + ",".join(f"c{k}" for k in range(1999)) + "\n" + rows).encode(),
        target,
    )
    yield (
        "2,000 columns of one name",
        "x.csv",
        ("t," + ",".join(["c"] * 1999) + "\n" + rows).encode(),
        target,
    )
    yield (
        "400,000 columns",
        "x.csv",
        (",".join(f"c{k}" for k in range(400_000)) + "\n" + ",".join("1" * 400_000)).encode(),
        ["--target", "c0"],
    )
    yield "600 MB of zeros in a .gz", "x.csv.gz", _zeros(b"t,a\n", b"0,0\n", BOMB), target
    yield (
        "600 MB of pixels in a .gz",
        "x.csv.gz",
        _zeros(b"label,p0,p1,p2,p3\n", b"0,0,0,0,0\n", BOMB),
        [],
    )
    yield "one line of 100 MB", "x.csv", b"t,a\n" + b"1" * 100_000_000, target
    yield "quote without an end", "x.csv", b't,a\n1,"' + b"x,\n" * 300_000, target
    yield (
        "300,000 classes, one a row",
        "x.csv",
        b"t,a\n" + b"".join(b"k%d,%d\n" % (k, k) for k in range(300_000)),
        target,
    )
    yield (
        "cells of 1 MB",
        "x.csv",
        b"t,a\n" + b"".join(b"%d,%s\n" % (k % 2, b"y" * 10**6) for k in range(40)),
        target,
    )
    yield (
        "numbers of 5,000 digits",
        "x.csv",
        b"t,a\n" + b"".join(b"%d,%s\n" % (k % 2, b"9" * 5000) for k in range(100)),
        target,
    )
    yield (
        "control characters in names",
        "x.csv",
        "t,\x1b[2J,\u202e\n1,2,3\n2,3,4\n".encode(),
        target,
    )
    yield (
        "hostile group",
        "x.csv",
        b"t,a\n" + b"".join(b"%d,%d\n" % (k % 2, k) for k in range(2000)),
        [*target, "--group", "(.*)*.*=x"],
    )
    yield (
        "10,000 dates of two readings",
        "x.csv",
        b"t,a\n"
        + b"".join(
            b"%d,0%d/0%d/20%02d\n" % (k % 2, k % 9 + 1, k % 8 + 1, k % 99) for k in range(10_000)
        ),
        target,
    )


def _zeros(head: bytes, line: bytes, size: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        block = line * (2**20 // len(line))
        with gzip.open(path, "wb", compresslevel=1) as out:
            out.write(head)
            for _ in range(size // len(block)):
                out.write(block)

    return write


def _npy(shape: str, dtype: str, content: bytes = b"", fortran: bool = False) -> bytes:
    header = f"{{'descr': {dtype!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def _archive(method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return out.getvalue()


class _Code:
    def __init__(self, line: str) -> None:
        self.line = line

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (self.line,)


def arrays(lure: Lure) -> Made:
    labels = _npy("(8,)", "<i8", np.array([0, 1] * 4, "<i8").tobytes())
    code = pickle.dumps(np.array([_Code(lure.code())] * 8, object))
    yield "600 MB of zeros, packed", "x.npz", _big_zeros, []
    yield "600 MB of zeros as a table", "x.npz", _big_zeros, ["--target", "y"]
    for name, x in {
        "a shape of 10**15": _npy("(1000000000000000, 28, 28)", "|u1"),
        "a shape below 0": _npy("(-8, 5, 4)", "|u1", bytes(160)),
        "cells of no bytes": _npy("(1000000000000, 0)", "<f8"),
        "texts of no letters": _npy("(10000000000,)", "<U0"),
        "a header 9,000 deep": b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + b"(" * 9000,
        "objects": _npy("(8,)", "|O", code),
        "a structured type": _npy("(8,)", "[('a', '<i8')]", bytes(64)),
        "Fortran order": _npy("(8, 5, 4)", "|u1", bytes(160), True),
        "200 axes": _npy("(" + "1, " * 200 + ")", "|u1", b"\0"),
        "a header of version 9": b"\x93NUMPY\x09\x00" + bytes(200),
        "numbers that are none": _npy("(8, 5, 4)", "<f8", np.full(160, np.nan).tobytes()),
        "booleans of 7": _npy("(8, 5, 4)", "|b1", b"\7" * 160),
        "128-bit floats": _npy("(8, 5, 4)", "<f16", bytes(160 * 16)),
        "dates": _npy("(8, 5, 4)", "<M8[s]", bytes(160 * 8)),
    }.items():
        yield name, "x.npz", _archive(x=x, y=labels), []
        yield f"{name}, as a table", "x.npz", _archive(x=x, y=labels), ["--target", "y"]
    images = _npy("(8, 5, 4)", "|u1", bytes(range(160)))
    yield "objects as labels", "x.npz", _archive(x=images, y=_npy("(8,)", "|O", code)), []
    yield (
        "10**10 labels of no letters",
        "x.npz",
        _archive(x=_npy("(10000000000, 0)", "<f8"), y=_npy("(10000000000,)", "<U0")),
        ["--target", "y"],
    )
    yield (
        "categories 100,000 deep",
        "x.npz",
        _archive(
            x=_npy("(8, 1)", "<f8", bytes(64)),
            y=labels,
            categories=_npy("()", "<U100000", ("[" * 100_000).encode("utf-32-le")),
        ),
        ["--target", "y"],
    )


def _big_zeros(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as out:
            out.write(_npy(f"({BOMB // 784}, 28, 28)", "|u1"))
            for _ in range(BOMB // 784 * 784 // 2**20):
                out.write(bytes(2**20))
            out.write(bytes(BOMB // 784 * 784 % 2**20))
        with archive.open("y.npy", "w") as out:
            n = BOMB // 784
            out.write(_npy(f"({n},)", "|u1") + bytes([0, 1]) * (n // 2) + bytes(n % 2))


def jsons(lure: Lure) -> Made:
    text = base64.b64encode(png()).decode()
    record = {"image": text, "label": "a"}
    yield (
        "8,000 equal keys",
        "x.json",
        ("{" + ",".join(f'"{"ab"[k % 2]}":["{text}"]' for k in range(8000)) + "}").encode(),
        [],
    )
    yield "lists 100,000 deep", "x.json", b"[" * 100_000, []
    yield "objects 100,000 deep", "x.json", b'{"a":' * 100_000, []
    yield (
        "6 million empty lists",
        "x.json",
        b'{"image": [' + b",".join([b"[]"] * 6_000_000) + b"]}",
        [],
    )
    yield (
        "6 million empty lists, a list",
        "x.json",
        b"[" + b",".join([b"[]"] * 6_000_000) + b"]",
        [],
    )
    yield (
        "number of 10 million digits",
        "x.json",
        b'[{"image": 1, "label": ' + b"9" * 10_000_000 + b"}]",
        [],
    )
    yield (
        "text of 100 MB",
        "x.json",
        b'[{"image": "' + b"A" * 100_000_000 + b'", "label": "a"}]',
        [],
    )
    yield (
        "label of 1 MB",
        "x.jsonl",
        "\n".join(json.dumps({**record, "label": "ab"[k % 2] * 10**6}) for k in range(8)).encode(),
        [],
    )
    yield (
        "lone surrogates as labels",
        "x.jsonl",
        "\n".join(
            json.dumps({**record, "label": "\ud800" + "ab"[k % 2]}) for k in range(8)
        ).encode(),
        [],
    )
    yield (
        "100,000 labels, one a record",
        "x.jsonl",
        "\n".join(json.dumps({**record, "label": f"k{k}"}) for k in range(20_000)).encode(),
        [],
    )
    yield (
        "10,000 labels of one record",
        "x.jsonl",
        "\n".join(
            json.dumps({**record, "label": [f"k{j}" for j in range(k * 5000, k * 5000 + 5000)]})
            for k in range(20)
        ).encode(),
        [],
    )
    yield "600 MB of spaces in a .gz", "x.json.gz", _zeros(b"[", b"    ", BOMB), []
    yield (
        "file:// address",
        "x.jsonl",
        "\n".join(
            json.dumps({"content": f"file://{lure.secret}", "label": "ab"[k % 2]}) for k in range(4)
        ).encode(),
        [],
    )
    yield (
        "own network's address",
        "x.jsonl",
        "\n".join(
            json.dumps({"content": "http://127.0.0.1:9/x.png", "label": "ab"[k % 2]})
            for k in range(4)
        ).encode(),
        [],
    )
    yield "UTF-16", "x.json", json.dumps([record]).encode("utf-16"), []


def parquets(lure: Lure) -> Made:
    import pyarrow as pa
    from pyarrow import parquet

    pictures = pa.array([{"bytes": png(), "path": f"{k}.png"} for k in range(8)])
    labels = pa.array([0, 1] * 4)

    def written(table: object, **how: object) -> Callable[[Path], None]:
        return lambda path: parquet.write_table(table, path, **how)

    def nulls(path: Path) -> None:
        schema = pa.schema([("a", pa.int64()), ("t", pa.int64())])
        with parquet.ParquetWriter(path, schema) as out:
            for _ in range(60):
                out.write_table(pa.table([pa.nulls(2_000_000, pa.int64())] * 2, schema=schema))

    def repeated(content: bytes, n: int) -> object:
        return pa.DictionaryArray.from_arrays(
            pa.array([0] * n, pa.int32()), pa.array([content], pa.binary())
        )

    noted = {
        "huggingface": '{"info":{"features":{"label":{"_type":"ClassLabel","names":'
        + "[" * 5000
        + "}"
    }
    strange = {
        "huggingface": json.dumps(
            {
                "info": {
                    "features": {
                        "label": {"_type": "ClassLabel", "names": ["\x1b[2J", "x" * 10**6]}
                    }
                }
            }
        )
    }
    sound = pa.table({"image": pictures, "label": labels})
    yield "notes 5,000 deep", "x.parquet", written(sound.replace_schema_metadata(noted)), []
    yield (
        "names of classes that move the cursor",
        "x.parquet",
        written(sound.replace_schema_metadata(strange)),
        [],
    )
    yield (
        "two columns called label",
        "x.parquet",
        written(
            pa.Table.from_arrays([pictures, labels, labels], names=["image", "label", "label"])
        ),
        [],
    )
    yield (
        "two columns called image",
        "x.parquet",
        written(
            pa.Table.from_arrays([pictures, pictures, labels], names=["image", "image", "label"])
        ),
        [],
    )
    yield (
        "2,000 columns of one name",
        "x.parquet",
        written(pa.Table.from_arrays([labels] * 2000, names=["c"] * 1999 + ["t"])),
        ["--target", "t"],
    )
    yield "120 million rows of nothing", "x.parquet", nulls, ["--target", "t"]
    yield (
        "a text of 20 MB in 200,000 rows",
        "x.parquet",
        written(
            pa.table(
                {
                    "a": repeated(b"x" * 20_000_000, 200_000).cast(
                        pa.dictionary(pa.int32(), pa.string())
                    ),
                    "t": pa.array([0, 1] * 100_000),
                }
            ),
            compression="zstd",
        ),
        ["--target", "t"],
    )
    yield (
        "a label of 20 MB in 2,000 rows",
        "x.parquet",
        written(
            pa.table(
                {
                    "image": pa.array([png()] * 2000),
                    "label": repeated(b"x" * 20_000_000, 2000).cast(
                        pa.dictionary(pa.int32(), pa.string())
                    ),
                }
            )
        ),
        [],
    )
    yield "no rows", "x.parquet", written(sound.slice(0, 0)), []
    yield (
        "pictures that are paths",
        "x.parquet",
        written(
            pa.table(
                {
                    "image": pa.array(
                        [{"bytes": None, "path": str(lure.secret)}] * 8,
                        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
                    ),
                    "label": labels,
                }
            )
        ),
        [],
    )
    deep = labels
    for _ in range(90):
        deep = pa.StructArray.from_arrays([deep], ["f"])
    yield "structs 90 deep", "x.parquet", written(pa.table({"image": deep, "label": labels})), []


def archives(lure: Lure) -> Made:
    def made(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            for name, to in (links or {}).items():
                info = zipfile.ZipInfo(name)
                info.external_attr, info.create_system = 0o120777 << 16, 3
                archive.writestr(info, to)
        return out.getvalue()

    sound = {f"{label}/{k}.png": png() for label in "ab" for k in range(4)}
    yield "300 MB in one picture", "x.zip", made({**sound, "a/bomb.png": bytes(300_000_000)}), []
    yield (
        "names that climb",
        "x.zip",
        made({**sound, f"a/../../../../../..{lure.secret}": png(), "/etc/x.png": png()}),
        [],
    )
    yield (
        "links to the secret",
        "x.zip",
        made(sound, {"a/link.png": str(lure.secret), "b/link.png": str(lure.secret)}),
        [],
    )
    yield (
        "100,000 names",
        "x.zip",
        made({f"{'ab'[k % 2]}/{k}.png": b"" for k in range(100_000)}),
        [],
    )
    yield "folders 1,000 deep", "x.zip", made({**sound, "a/" * 1000 + "x.png": png()}), []
    yield (
        "clean.json that names the secret",
        "clean.json",
        _cleaned(
            data=str(lure.secret),
            original={"n": 1, "stamp": "", "fingerprint": ""},
        ),
        ["."],
    )
    yield (
        "clean.json with a hostile group",
        "clean.json",
        _cleaned(
            options={"group": "(.*)*.*=x"},
        ),
        ["."],
    )
    yield "clean.json 100,000 deep", "clean.json", b"[" * 100_000, ["."]
    yield (
        "clean.json with strange steps",
        "clean.json",
        _cleaned(
            calls=[
                {
                    "when": "",
                    "entries": [
                        {
                            "code": "x",
                            "steps": [{"do": "leave_out", "reasons": []}, 7, {"do": "__class__"}],
                        }
                    ],
                }
            ],
        ),
        ["."],
    )


def _cleaned(**changes: object) -> bytes:
    """The manifest of cleaned digits, with changes."""
    original = {"n": 1797, "stamp": "digits-1", "fingerprint": ""}
    usual = {
        "receta": "clean",
        "schema": 1,
        "data": "digits",
        "test": None,
        "options": {},
        "original": original,
    }
    return json.dumps({**usual, "calls": [], "undone": [], **changes}).encode()


def records(lure: Lure) -> Made:
    from receta.codecs import tfrecord

    one = {"image": png(), "label": 1}
    header = struct.pack(">4B3I", 0, 0, 8, 3, 2**32 - 1, 2**16, 2**16)
    yield (
        "IDX of 10**19 pixels in a .gz",
        "train-images-idx3-ubyte.gz",
        gzip.compress(header),
        ["."],
    )
    yield "IDX of 10**19 pixels", "train-images-idx3-ubyte", header, ["."]
    yield (
        "record of 10**18 bytes",
        "x.tfrecord",
        struct.pack("<Q", 10**18) + tfrecord.checksum(struct.pack("<Q", 10**18)),
        [],
    )
    yield (
        "3 million numbers, not packed",
        "x.tfrecord",
        b"".join(
            tfrecord.frame(content)
            for content in (tfrecord.example(one), _unpacked_numbers(3_000_000))
        ),
        [],
    )
    yield (
        "names of 10**9 classes",
        "labels.txt",
        _beside(tfrecord, one, b"999999999999: a\n"),
        ["."],
    )
    yield "names that are no UTF-8", "labels.txt", _beside(tfrecord, one, b"\xff\xfe\n"), ["."]
    yield "600 MB of zeros in a .gz", "x.tfrecord.gz", _zeros(b"", bytes(16), BOMB), []


def _unpacked_numbers(n: int) -> bytes:
    from receta.codecs import tfrecord

    numbers = tfrecord._field(3, b"\x08\x01" * n)
    entry = tfrecord._field(1, b"image") + tfrecord._field(2, numbers)
    return tfrecord._field(1, tfrecord._field(1, entry))


def _beside(tfrecord: object, one: dict[str, object], names: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(names)
        tfrecord.write(
            path.parent / "x.tfrecord",
            [tfrecord.example({**one, "label": k % 2}) for k in range(8)],
        )  # type: ignore[attr-defined]

    return write
