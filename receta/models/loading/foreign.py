"""What is a file that Keras did not write as a network, and what can be done with it?"""

from __future__ import annotations

import zipfile
from pathlib import Path

from receta.core.errors import InputError

_FORMS = (
    "a network that Keras saved (.keras, .h5, .json with its weights beside it, a folder of Keras "
    "3 or of a SavedModel)"
)
_CONVERT = "Save the network that it was made from as .keras, and name that."
_PYTORCH = (
    "Build the same network in Keras, and give it these weights (set_weights); or keep it "
    "in PyTorch."
)


def refuse(path: Path, wanted: str) -> InputError:
    """The error for a file that is no network of Keras: what it is, and what to do.

    wanted: the kind of file that its name promises, such as "ZIP".
    """
    with open(path, "rb") as handle:
        head = handle.read(512)
    what, advice = _recognise(path, head)
    if not what:
        what, advice = f"no {wanted} file, or it is cut off", "Save or copy it again."
    return InputError(f"{path} cannot be loaded: it is {what}; expected {_FORMS}. {advice}")


def _recognise(path: Path, head: bytes) -> tuple[str, str]:
    """(what a file is, what to do about it); empty where nothing is known of it."""
    suffix = path.suffix.lower()
    if not head:
        return "empty", "Save or copy it again."
    if head.startswith(b"version https://git-lfs"):
        return (
            "a pointer of Git LFS, not the file that it stands for",
            "Fetch the file itself: git lfs pull.",
        )
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return (
            "a web page, not the file that was to be fetched",
            "Fetch it again; of GitHub or the Hugging Face Hub, by the link to the raw file.",
        )
    if head[:2] == b"PK":
        return _archive(path)
    if head[4:8] == b"TFL3":
        return "a network of LiteRT (TensorFlow Lite)", _CONVERT
    if head[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        return (
            "a pickle, which is code (older files of PyTorch and of scikit-learn are such)",
            _PYTORCH,
        )
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**32:
        return "a file of safetensors, which holds weights without an architecture", _PYTORCH
    if head[:2] == b"\x1f\x8b":
        return "packed by gzip", "Unpack it first (gunzip, tar -xzf)."
    if head[257:262] == b"ustar":
        return "a tar archive", "Unpack it first (tar -xf), and name what is in it."
    if suffix in (".onnx", ".tflite", ".mlmodel"):
        kind = {".onnx": "ONNX", ".tflite": "LiteRT (TensorFlow Lite)"}.get(suffix, "Core ML")
        return f"a network of {kind}, by its name", _CONVERT
    if suffix == ".safetensors":
        return "a file of safetensors by its name, and damaged", "Save or copy it again."
    if suffix == ".pb":
        return (
            "a graph of TensorFlow",
            "Name the folder that holds it where that is a SavedModel, with --trust; else save the "
            "network as .keras.",
        )
    if suffix in (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib"):
        return (
            "no HDF5 file, or it is cut off; weights of PyTorch, checkpoints and pickles are no "
            "networks of Keras",
            _PYTORCH,
        )
    if suffix in (".index", ".data-00000-of-00001"):
        return (
            "part of a checkpoint of TensorFlow, which holds weights alone",
            "Build the network in code, load_weights, and save it as .keras.",
        )
    return "", ""


def _archive(path: Path) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "", ""
    if any(name.endswith(("/data.pkl", "/constants.pkl")) for name in names):
        return "a network or weights of PyTorch, which are a pickle, and so code", _PYTORCH
    if names and all(name.endswith(".npy") for name in names):
        return (
            "an NPZ of arrays",
            "Where they are weights: build the network in code, set_weights, and save it as "
            ".keras.",
        )
    if any(name.endswith("saved_model.pb") for name in names):
        return "a SavedModel in a ZIP", "Unpack it, and name the folder with --trust."
    inner = next((name for name in names if name.endswith("/config.json")), "")
    if inner:
        return (
            f"a ZIP with the network inside of the folder {inner.rpartition('/')[0][:60]!r}",
            "Unpack it, and name that folder.",
        )
    return "a ZIP archive without config.json", "Save or copy it again."
