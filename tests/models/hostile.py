"""Which network files would run code, read other files, take all memory or end in a traceback?

python tests/models/hostile.py    writes each, loads it in a process of its own limits, and prints
what came of it

Every file is small and written by code. `write` makes them all in a folder, with a kind and a
name each; all are to be refused in one line, none may run `MARK` or open `SECRET`.
"""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import stat
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

MARK, SECRET = "executed", "secret.txt"
_INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 8, 8, 1], "dtype": "float32", "name": "in"},
}
_OLD_INPUT = {
    "class_name": "InputLayer",
    "config": {"batch_input_shape": [None, 8, 8, 1], "dtype": "float32", "name": "in"},
}


def layer(
    kind: str, module: str | None = "keras.layers", registered: str | None = None, **config: Any
) -> dict[str, Any]:
    """A layer as a configuration has it."""
    return {
        "module": module,
        "class_name": kind,
        "config": {"name": kind.lower(), **config},
        "registered_name": registered,
    }


def row(*layers: dict[str, Any], first: dict[str, Any] = _INPUT) -> dict[str, Any]:
    """A Sequential of layers."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "s", "layers": [first, *layers]},
        "registered_name": None,
    }


def old(*layers: dict[str, Any]) -> dict[str, Any]:
    """A Sequential as Keras 2 wrote it."""
    plain = [{"class_name": one["class_name"], "config": one["config"]} for one in layers]
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [_OLD_INPUT, *plain]}}


class Maker:
    """Writes files into a folder around the weights of one sound network."""

    def __init__(self, folder: Path) -> None:
        import keras

        self.folder = folder
        self.mark, self.secret = folder / MARK, folder / SECRET
        self.secret.write_text("one\ntwo\n")
        inputs = keras.Input((8, 8, 1))
        made = keras.Model(
            inputs, keras.layers.Dense(3, name="out")(keras.layers.Flatten()(inputs))
        )
        made.save(folder / "sound.keras")
        with zipfile.ZipFile(folder / "sound.keras") as archive:
            self.weights, self.config = (
                archive.read("model.weights.h5"),
                json.loads(archive.read("config.json")),
            )
        made.save(folder / "sound.h5")
        self.h5 = (folder / "sound.h5").read_bytes()

    def archive(
        self,
        name: str,
        config: Any,
        version: str = "3.15.1",
        weights: bytes | None = None,
        **more: bytes,
    ) -> Path:
        """A .keras file; config: what stands in it, or its bytes."""
        path = self.folder / f"{name}.keras"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": version}))
            archive.writestr(
                "config.json", config if isinstance(config, bytes) else json.dumps(config)
            )
            archive.writestr("model.weights.h5", self.weights if weights is None else weights)
            for member, content in more.items():
                archive.writestr(member, content)
        return path

    def whole(self, name: str, config: Any, version: str = "2.15.0") -> Path:
        """An .h5 file with a configuration of its own."""
        path = self.folder / f"{name}.h5"
        path.write_bytes(self.h5)
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"], file.attrs["keras_version"] = (
                config if isinstance(config, str) else json.dumps(config),
                version,
            )
        return path

    def beside(self, name: str, config: Any) -> Path:
        """A .json file with weights beside it."""
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config))
        (self.folder / f"{name}.weights.h5").write_bytes(self.weights)
        return path

    def changed(self, change: Callable[[h5py.File], None]) -> bytes:
        """The weights of the sound network after a change."""
        content = io.BytesIO(self.weights)
        with h5py.File(content, "r+") as file:
            change(file)
        return content.getvalue()


def write(folder: Path) -> Iterator[tuple[str, Path]]:
    """(kind, file) of every hostile file."""
    make = Maker(folder)
    for number, (kind, path) in enumerate(
        one
        for part in (
            _code(make),
            _paths(make),
            _large(make),
            _arrays(make),
            _archives(make),
            _broken(make),
        )
        for one in part
    ):
        assert path.exists(), number
        yield kind, path


def _code(make: Maker) -> Iterator[tuple[str, Path]]:
    model = str(make.folder / "saved")
    graph = layer("TFSMLayer", filepath=model, call_endpoint="serving_default", trainable=False)
    value = {"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}
    inner = copy.deepcopy(graph)
    for name, config in {
        "graph": row(graph),
        "graph_in_row": row(row(graph)),
        "graph_in_wrapper": row(layer("TimeDistributed", layer=inner)),
        "graph_both_ways": row(layer("Bidirectional", layer=inner)),
        "graph_in_pipeline": row(layer("Pipeline", layers=[inner])),
        "graph_as_activation": row(layer("Dense", units=3, activation=inner)),
        "graph_named_dense": row({**graph, "registered_name": "Dense"}),
        "graph_of_src": row({**graph, "module": "keras.src.export.tfsm_layer"}),
        "graph_as_initializer": row(layer("Dense", units=3, kernel_initializer=inner)),
        "code": row(layer("Lambda", function=value)),
        "code_as_activation": row(layer("Dense", units=3, activation=value)),
        "code_in_node": row(layer("Reshape", target_shape=value)),
        "torch": row(layer("TorchModuleWrapper", module="gASVIA==")),
        "jax": row(
            layer(
                "JaxLayer",
                call_fn={
                    "class_name": "function",
                    "module": "os",
                    "config": "system",
                    "registered_name": "system",
                },
            )
        ),
        "function_of_os": row(
            layer(
                "Activation",
                activation={
                    "class_name": "function",
                    "module": "os",
                    "config": "system",
                    "registered_name": "system",
                },
            )
        ),
        "get_file": row(
            layer(
                "Activation",
                activation={
                    "class_name": "function",
                    "module": "keras.utils",
                    "config": "get_file",
                },
            )
        ),
        "module_of_os": row(layer("Popen", module="subprocess", args=["touch", str(make.mark)])),
        "own": row(layer("Scale", module=None, registered="mine>Scale")),
        "spec": row(
            layer(
                "Reshape",
                target_shape={
                    "class_name": "__typespec__",
                    "spec_name": "x",
                    "module": "keras",
                    "registered_name": None,
                    "config": [],
                },
            )
        ),
        "map": row(
            {
                "module": "keras.src.ops.core",
                "class_name": "Map",
                "config": {"name": "m", "function": value},
                "registered_name": "Map",
            }
        ),
        "hub": row(
            layer(
                "Tokenizer",
                module="keras_hub.src.tokenizers.tokenizer",
                registered="keras_hub>Tokenizer",
                proto=str(make.secret),
            )
        ),
        "optimizer": row(
            {
                "module": "keras.optimizers",
                "class_name": "Adam",
                "config": {"name": "a"},
                "registered_name": None,
            }
        ),
        "loader": row(
            {
                "module": "keras.models",
                "class_name": "function",
                "config": "load_model",
                "registered_name": "load_model",
            }
        ),
    }.items():
        yield "code", make.archive(name, config)
    for name, one in {
        "graph": graph,
        "code": layer("Lambda", function=["4wAAAA==", None, None], function_type="lambda"),
    }.items():
        yield "code", make.archive(f"old_{name}", old(one), "2.15.0")
        yield "code", make.whole(f"old_{name}_whole", old(one))
        yield "code", make.beside(f"old_{name}_beside", {**old(one), "keras_version": "2.15.0"})
        yield "code", make.whole(f"new_{name}_whole", old(one), "3.15.1")
    yield (
        "code",
        make.archive(
            "old_wrapped",
            old(
                layer(
                    "TimeDistributed", layer={"class_name": "TFSMLayer", "config": graph["config"]}
                )
            ),
            "2.15.0",
        ),
    )
    path = make.folder / "weights.pt"
    path.write_bytes(pickle.dumps({"a": 1}))
    yield "code", path
    folder = make.folder / "graph"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"\x08\x01")
    yield "code", folder


def _paths(make: Maker) -> Iterator[tuple[str, Path]]:
    secret = str(make.secret)
    words = {
        "StringLookup": {"vocabulary": secret},
        "IntegerLookup": {"vocabulary": secret},
        "TextVectorization": {"vocabulary": secret},
    }
    for kind, config in words.items():
        yield "path", make.archive(kind, row(layer(kind, **config)))
        yield "path", make.archive(f"old_{kind}", old(layer(kind, **config)), "2.15.0")
        yield "path", make.whole(f"{kind}_whole", old(layer(kind, **config)), "3.15.1")
    yield "path", make.archive("relative", row(layer("StringLookup", vocabulary=SECRET)))
    yield (
        "path",
        make.archive("remote", row(layer("StringLookup", vocabulary="gs://bucket/words.txt"))),
    )
    yield (
        "path",
        make.archive(
            "weights_of_words",
            row(layer("TextVectorization", vocabulary=["a"], idf_weights=secret)),
        ),
    )
    yield (
        "path",
        make.archive(
            "elsewhere", row(layer("Dense", units=3, kernel_initializer=f"file://{secret}"))
        ),
    )
    yield (
        "path",
        make.archive(
            "in_wrapper",
            row(layer("TimeDistributed", layer=layer("StringLookup", vocabulary=secret))),
        ),
    )
    link = make.folder / "linked"
    (link / "assets").mkdir(parents=True)
    (link / "config.json").write_text(json.dumps(row(layer("StringLookup"))))
    (link / "metadata.json").write_text('{"keras_version": "3.15.1"}')
    (link / "model.weights.h5").write_bytes(make.weights)
    (link / "assets" / "vocabulary.txt").symlink_to(make.secret)
    yield "path", link


def _large(make: Maker) -> Iterator[tuple[str, Path]]:
    most = 2**31 - 1
    dense = layer("Dense", units=most)
    for name, config in {
        "units": row(layer("Flatten"), dense),
        "filters": row(layer("Conv2D", filters=most, kernel_size=3)),
        "kernel": row(layer("Conv2D", filters=3, kernel_size=[60000, 60000], padding="same")),
        "embedding": row(layer("Flatten"), layer("Embedding", input_dim=most, output_dim=64)),
        "state": row(layer("Reshape", target_shape=[8, 8]), layer("LSTM", units=1_000_000)),
        "einsum": row(layer("EinsumDense", equation="abcd,de->abce", output_shape=[8, 8, most])),
        "resizing": row(layer("Resizing", height=1_000_000, width=1_000_000)),
        "repeat": row(layer("Flatten"), layer("RepeatVector", n=most)),
        "padding": row(layer("ZeroPadding2D", padding=[[10**6, 10**6], [10**6, 10**6]])),
        "upsampling": row(
            *[layer("UpSampling2D", size=[200, 200], name=f"u{number}") for number in range(4)]
        ),
        "input": row(
            layer("Rescaling", scale=1.0, offset=0.0),
            first={
                **_INPUT,
                "config": {**_INPUT["config"], "batch_shape": [None, 10**6, 10**6, 3]},
            },
        ),
        "batch": row(
            layer("Reshape", target_shape=[8, 8]),
            layer("LSTM", units=64, stateful=True),
            first={**_INPUT, "config": {**_INPUT["config"], "batch_shape": [2**31, 8, 8, 1]}},
        ),
        "one_hot": row(layer("Flatten"), layer("CategoryEncoding", num_tokens=most)),
        "unknown_words": row(layer("IntegerLookup", vocabulary=[1], num_oov_indices=most)),
        "steps": row(
            layer("Reshape", target_shape=[64, 1]),
            layer("UpSampling1D", size=1000),
            layer("LSTM", units=1, unroll=True),
        ),
        "iterations": row(
            layer("SpectralNormalization", layer=layer("Dense", units=3), power_iterations=most)
        ),
        "layers": row(
            *[layer("Activation", activation="relu", name=f"a{number}") for number in range(6_000)]
        ),
        "integer": row(layer("Dense", units=10**400)),
        "adaptive": row(layer("AdaptiveAveragePooling2D", output_size=[10**6, 10**6])),
        "type": row(
            layer(
                "Rescaling",
                scale={
                    "class_name": "__numpy__",
                    "config": {"value": ["a"] * 1000, "dtype": "U1000000"},
                },
            )
        ),
    }.items():
        yield "large", make.archive(name, config)
    yield "large", make.archive("old_units", old(layer("Flatten"), dense), "2.15.0")
    yield "large", make.whole("units_whole", old(layer("Flatten"), dense), "3.15.1")
    yield "large", make.beside("units_beside", row(layer("Flatten"), dense))
    nested = row(layer("Activation", activation="relu"))
    for depth in range(12):  # each calls the one within it ten times
        name = f"n{depth}"
        tensor = {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, 8, 8, 1], "dtype": "float32", "keras_history": ["in", 0, 0]},
        }
        nodes = [{"args": [tensor], "kwargs": {}} for _ in range(10)]
        nested = {
            "module": "keras",
            "class_name": "Functional",
            "registered_name": "Functional",
            "config": {
                "name": name,
                "layers": [
                    {**_INPUT, "name": "in", "inbound_nodes": []},
                    {**nested, "name": f"i{depth}", "inbound_nodes": nodes},
                ],
                "input_layers": [["in", 0, 0]],
                "output_layers": [[f"i{depth}", 0, 0]],
            },
        }
    yield "large", make.archive("calls", nested)
    deep: dict[str, Any] = layer("Dense", units=1)
    for _ in range(150):
        deep = {"class_name": "TimeDistributed", "config": {"name": "t", "layer": deep}}
    yield "large", make.archive("deep", row(deep))
    yield "large", make.archive("brackets", b"[" * 300_000 + b"]" * 300_000)
    yield "large", make.archive("spaces", b" " * (300 * 2**20))


def _arrays(make: Maker) -> Iterator[tuple[str, Path]]:
    target = make.folder / "target.h5"
    target.write_bytes(make.weights)

    def kernel(file: h5py.File) -> tuple[h5py.Group, str]:
        found: list[str] = []
        file.visititems(
            lambda name, one: (
                found.append(name) if isinstance(one, h5py.Dataset) and one.ndim == 2 else None
            )
        )
        group, _, name = found[0].rpartition("/")
        return file[group], name

    def replaced(by: Callable[[h5py.Group, str], None]) -> Callable[[h5py.File], None]:
        def change(file: h5py.File) -> None:
            group, name = kernel(file)
            del group[name]
            by(group, name)

        return change

    def virtual(group: h5py.Group, name: str) -> None:
        layout = h5py.VirtualLayout((64, 3), "f4")
        layout[:] = h5py.VirtualSource(str(target), "a", (64, 3))
        group.create_virtual_dataset(name, layout)

    def put(key: str, value: Any) -> Callable[[h5py.Group, str], None]:
        return lambda group, name: group.__setitem__(key or name, value)

    wide, bomb = (
        {"shape": (2**20, 2**20), "dtype": "f4"},
        {"shape": (2**14, 2**14), "dtype": "f4", "chunks": (2**12, 2**12), "compression": "gzip"},
    )
    changes: dict[str, Callable[[h5py.File], None]] = {
        "external_link": replaced(put("", h5py.ExternalLink(str(target), "/a"))),
        "soft_link": replaced(put("", h5py.SoftLink("/a"))),
        "external_bytes": replaced(
            lambda group, name: group.create_dataset(
                name, (64, 3), "f4", external=[(str(make.secret), 0, 768)]
            )
        ),
        "virtual": replaced(virtual),
        "words": replaced(lambda group, name: group.create_dataset(name, data=["a"] * 192)),
        "references": replaced(
            lambda group, name: group.create_dataset(name, (64, 3), h5py.ref_dtype)
        ),
        "compound": replaced(
            lambda group, name: group.create_dataset(
                name, (64, 3), np.dtype([("a", "f4"), ("b", "f4")])
            )
        ),
        "empty_terabytes": replaced(lambda group, name: group.create_dataset(name, **wide)),
        "unwritten_chunks": replaced(lambda group, name: group.create_dataset(name, **bomb)),
        "large_chunk": replaced(
            lambda group, name: group.create_dataset(
                name, (64, 3), "f4", maxshape=(None, 3), chunks=(2**26, 3), compression="gzip"
            )
        ),
        "aside": lambda file: file.create_dataset("aside", **wide),
        "type": lambda file: file.__setitem__("type", np.dtype("f4")),
        "loop": lambda file: file.create_group("a/b").__setitem__("c", file["a"]),
        "many": lambda file: (
            [file.create_dataset(f"many/{number}", (1000, 1000), "f4") for number in range(2000)]
            and None
        ),
        "other_shape": replaced(
            lambda group, name: group.create_dataset(name, data=np.ones((5, 3), "f4"))
        ),
        "missing": replaced(lambda group, name: None),
    }
    for name, change in changes.items():
        yield "array", make.archive(f"array_{name}", make.config, weights=make.changed(change))
    packed = make.changed(
        replaced(
            lambda group, name: group.create_dataset(
                name, data=np.zeros((2**13, 2**13), "f4"), compression="gzip"
            )
        )
    )
    yield "array", make.archive("array_zeros", make.config, weights=packed)
    path = make.folder / "array_beside.json"
    path.write_text(json.dumps(make.config))
    path.with_suffix(".weights.h5").write_bytes(make.changed(changes["external_link"]))
    yield "array", path


def _archives(make: Maker) -> Iterator[tuple[str, Path]]:
    config = json.dumps(make.config).encode()
    for name, member in {
        "above": "../out.txt",
        "root": "/out.txt",
        "drive": "C:\\out.txt",
        "back": "a\\..\\..\\out.txt",
    }.items():
        yield "archive", make.archive(f"zip_{name}", config, **{member: b"x"})
    path = make.archive("zip_link", config)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("assets/vocabulary.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, str(make.secret))
    yield "archive", path
    path = make.archive("zip_twice", config)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", json.dumps(row(layer("Lambda", function={}))))
    yield "archive", path
    yield (
        "archive",
        make.archive("zip_assets", config, **{"assets/a/vocabulary.txt": b"a" * (300 * 2**20)}),
    )
    yield "archive", make.archive("zip_weights", config, weights=b"\0" * (300 * 2**20))
    path = make.archive("zip_many", config)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(11_000):
            archive.writestr(f"assets/{number}", b"")
    yield "archive", path
    yield "archive", make.archive("old_and_new", make.config, "2.15.0")
    yield "archive", make.archive("new_and_old", old(layer("Dense", units=3)), "3.15.1")
    yield "archive", make.archive("no_version", {**make.config, "class_name": ["Functional"]}, "")
    path = make.folder / "zip_npz.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", config)
        archive.writestr("model.weights.npz", pickle.dumps(os.getcwd))
    yield "archive", path


def _broken(make: Maker) -> Iterator[tuple[str, Path]]:
    whole = (make.folder / "sound.keras").read_bytes()
    for name, content in {
        "cut.keras": whole[: len(whole) // 2],
        "empty.keras": b"",
        "cut.h5": make.h5[:3000],
        "head.h5": make.h5[:8] + bytes(5000),
        "pointer.keras": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize "
        b"12345\n",
        "page.h5": b"<!DOCTYPE html><p>404",
        "torch.pth": b"\x80\x02}q\x00.",
        "lite.tflite": b"\x1c\0\0\0TFL3" + bytes(90),
        "onnx.onnx": b"\x08\x07pytorch",
        "tensors.safetensors": (2).to_bytes(8, "little") + b"{}",
        "text.json": b"[1, 2]",
        "bytes.json": b"\xff\xfe\x00",
        "nothing.json": b"{}",
    }.items():
        (make.folder / name).write_bytes(content)
        yield "broken", make.folder / name
    for name, config in {
        "no_layers": {"class_name": "Sequential", "config": None},
        "list": [1, 2],
        "number": 5,
        "null": None,
        "words": {"class_name": "Sequential", "config": {"layers": "abc"}},
        "layer_alone": layer("Dense", units=3),
        "self": {
            "class_name": "Functional",
            "config": {
                "name": "f",
                "layers": [
                    {**layer("Dense", units=3), "name": "x", "inbound_nodes": [[["x", 0, 0, {}]]]}
                ],
                "input_layers": [["x", 0, 0]],
                "output_layers": [["x", 0, 0]],
            },
        },
        "not_utf8": b'{"class_name": "\xff"}',
        "half": b'{"class_name": "Sequ',
        "infinite": b'{"class_name": Infinity}',
    }.items():
        yield "broken", make.archive(f"config_{name}", config)
        if not isinstance(config, bytes):
            yield "broken", make.archive(f"old_config_{name}", config, "2.15.0")
            yield "broken", make.whole(f"config_{name}_whole", config, "2.15.0")


def tell(folder: Path) -> dict[str, dict[str, Any]]:
    """What comes of each file: its kind, what was said, seconds, memory in MB, whether it ran
    or read anything.
    """
    import resource

    from receta import models
    from receta.core.errors import RecetaError

    opened: list[str] = []
    sys.addaudithook(lambda event, told: opened.append(str(told[0])) if event == "open" else None)
    found = {}
    for kind, path in write(folder):
        opened.clear()
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            models.load(path)
            said = "LOADED"
        except RecetaError as error:
            said = str(error)
        except BaseException as error:
            said = f"TRACEBACK {type(error).__name__}: {error}"
        found[path.name] = {
            "kind": kind,
            "said": said,
            "seconds": time.perf_counter() - began,
            "MB": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10,
            "executed": (folder / MARK).exists(),
            "read": any(SECRET in one for one in opened),
        }
        if path.is_file():
            path.unlink()
    return found


def main() -> None:
    """Print what came of all files, as a table and as JSON for the test."""
    import resource
    import tempfile

    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    from receta.pipeline import backend

    backend.start(1)
    with tempfile.TemporaryDirectory() as folder:
        found = tell(Path(folder))
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    for name, one in found.items():
        print(
            f"{one['kind']:8} {name:28} {one['seconds']:6.2f} s {one['MB']:6} MB  "
            f"{one['said'].rpartition('/')[2][:150]}"
        )
    print(
        f"{len(found)} files; loaded {sum(one['said'] == 'LOADED' for one in found.values())}, "
        f"executed {sum(one['executed'] for one in found.values())}, read "
        f"{sum(one['read'] for one in found.values())}, "
        f"tracebacks {sum(one['said'].startswith('TRACEBACK') for one in found.values())}, "
        f"at most {max(one['seconds'] for one in found.values()):.2f} s, "
        f"{max(one['MB'] for one in found.values())} MB more"
    )


if __name__ == "__main__":
    main()
