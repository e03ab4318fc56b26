"""Where are the files of the live page, and how do they become a folder of their own?"""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from receta.core.errors import MissingExtra

_ENDINGS = (
    ".zip",
    ".tar",
    ".tgz",
    ".gz",
    ".npz",
    ".npy",
    ".csv",
    ".tsv",
    ".json",
    ".jsonl",
    ".parquet",
    ".tfrecord",
)
STAMP = "sources.sha256"  # of the build; no file of the page
WORKER = "sw.js"
# for pages that are isolated from others: an exported one need not be
_ONLINE = "tfjs/tfjs-backend-wasm-threaded-simd.wasm"


def files() -> dict[str, Traversable]:
    """The built page: path in it -> file. Raises MissingExtra where it is not built."""
    root = resources.files("receta") / "assets" / "web"
    if not (root / "index.html").is_file():
        raise MissingExtra(
            "the live page is not built in this checkout; expected receta/assets/web. Run: make "
            "page"
        )
    return {name: file for name, file in _under(root, "") if name != STAMP}


def _under(folder: Traversable, before: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{before}{entry.name}"
        found += _under(entry, f"{name}/") if entry.is_dir() else [(name, entry)]
    return found


def copy_page(folder: Path) -> None:
    """Write the page's files into a folder, all but the worker that `keep_offline` writes."""
    for name, file in files().items():
        if name != WORKER:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(file.read_bytes())


def keep_offline(folder: Path) -> None:
    """Write the service worker that keeps the folder's files in the browser.

    Its version is the SHA-256 of the files, so that a browser sees a new export at once.
    """
    kept = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    digest = hashlib.sha256()
    for name in kept:
        digest.update(f"{name}\0".encode() + (folder / name).read_bytes())
    listed = ["./", *(name for name in kept if name != _ONLINE)]
    told = (
        f"const VERSION = {json.dumps(digest.hexdigest()[:16])};\nconst FILES = "
        f"{json.dumps(listed)};\n"
    )
    (folder / WORKER).write_text(
        told + files()[WORKER].read_text(encoding="utf-8"), encoding="utf-8"
    )


def title_of(data: str) -> str:
    """What a model is called on the page: as its data are, without what only a machine needs.

    >>> title_of("Ropa.zip"), title_of("keras:fashion_mnist"), title_of("hf:someone/cats")
    ('Ropa', 'fashion_mnist', 'cats')
    """
    name = data.rpartition("/")[2].rpartition(":")[2]
    while name.lower().endswith(_ENDINGS) and "." in name[1:]:
        name = name.rpartition(".")[0]
    return name


def about(name: str, told: dict[str, Any], *, web: str, examples: str | None) -> dict[str, Any]:
    """What the page is told of a model: names, input, and where its files are."""
    return {
        "name": name,
        "title": told.get("data_name") or name,
        "class_names": told["class_names"],
        "sure_from": told["sure_from"],
        "input": told["input"],
        "specs": told.get("specs", []),
        "task": told.get("task", "classes"),
        "margins": told.get("margins"),
        "verdict": told.get("verdict", ""),
        "fit": told["fit"],
        "web": web,
        "examples": examples,
    }
