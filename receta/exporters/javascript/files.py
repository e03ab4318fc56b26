"""Which files hold a network for TensorFlow.js? model.json and its weights, in pieces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

FILE = "model.json"
# bytes: what tfjs' own converter cuts weights into, so that browsers fetch and cache them apart
PIECE = 4 * 1024 * 1024


def write(
    folder: Path,
    topology: dict[str, Any],
    weights: Mapping[str, np.ndarray],
    about: dict[str, Any],
    *,
    variant: str = "",
) -> None:
    """Write model.json and group1-shardIofN.bin.

    topology: format, modelTopology and, of a graph-model, signature; weights: float32, int32 or
    bool by name; about: what tfjs hands on as userDefinedMetadata.
    """
    entries, parts = [], []
    for name, values in weights.items():
        entry, data = pack(name, values, variant)
        entries.append(entry)
        parts.append(data)
    data = b"".join(parts)
    pieces = [data[start : start + PIECE] for start in range(0, len(data), PIECE)] or [b""]
    names = [f"group1-shard{number}of{len(pieces)}.bin" for number in range(1, len(pieces) + 1)]
    for name, piece in zip(names, pieces, strict=True):
        (folder / name).write_bytes(piece)
    manifest = [{"paths": names, "weights": entries}]
    text = json.dumps(
        {**topology, "userDefinedMetadata": about, "weightsManifest": manifest},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    (folder / FILE).write_text(text, encoding="utf-8")


def pack(name: str, values: np.ndarray, variant: str) -> tuple[dict[str, Any], bytes]:
    """The entry of a weight in the manifest, and its bytes; by the variant smaller.

    float16 and uint8 hold weights of two axes and more; vectors (biases, the means of
    normalisations) are small and stay exact. uint8: value = q * scale + min, with 0 exactly
    among the values, as in tfjs' converter.
    """
    entry: dict[str, Any] = {"name": name, "shape": list(values.shape), "dtype": values.dtype.name}
    values = np.ascontiguousarray(values)
    if values.dtype != np.float32 or values.ndim < 2 or not values.size or not variant:
        return entry, values.tobytes()
    if variant == "float16":
        entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
        # the largest that float16 knows
        return entry, np.clip(values, -65504, 65504).astype(np.float16).tobytes()
    least, most = float(values.min()), float(values.max())
    scale = (most - least) / 255 or 1.0
    if least <= 0 <= most:
        least = -round(-least / scale) * scale
    codes = np.clip(np.round((values - least) / scale), 0, 255).astype(np.uint8)
    entry["quantization"] = {
        "dtype": "uint8",
        "min": least,
        "scale": scale,
        "original_dtype": "float32",
    }
    return entry, codes.tobytes()
