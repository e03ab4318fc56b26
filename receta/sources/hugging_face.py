"""How are data sets of the Hugging Face Hub read by name, through its web API alone?

The Hub keeps most data sets as Parquet too; those files are listed, downloaded once into
the cache and read. Offline the user's own Hugging Face cache is looked at. A token is sent
only if the user set HF_TOKEN, and only to the host of HF_ENDPOINT (huggingface.co).
To have a newer version, delete the folder that the line "downloading" names.
`hf:OWNER/NAME@FOLDER` reads a Hugging Face cache (its folder `hub`) and asks nobody.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from receta.core import disk, naming, outside
from receta.core.errors import InputError, RunError
from receta.core.progress import Progress
from receta.core.registry import nearest
from receta.fetching import published
from receta.sources import Options, parquet_images
from receta.sources.parts.part_names import part_of
from receta.sources.records.parquet_columns import NoPictures

AFTER = "tensorflow_datasets"  # a name, known by its beginning
READS = "hf:OWNER/NAME[/CONFIG] (Hugging Face Hub, data sets with pictures)"
FORM = "`hf:OWNER/NAME[/CONFIG]`"
FACTS = "from the Hub, or from the cache that its own tools filled"
USES = ("label", "content", "shape")
HUB = "https://huggingface.co"  # HF_ENDPOINT names another
_NAME = re.compile(r"([\w.-]+(?:/[\w.-]+)?)(?:/([\w. +-]+))?", re.ASCII)
_MOST_FILES = 10_000


def accepts(place: str, options: Options) -> bool:
    """Whatever begins with hf:."""
    return place.startswith("hf:")


def hugging_face(place: str, options: Options, progress: Progress) -> parquet_images.Pictures:
    """The pictures of a data set on the Hub; InputError with what to put where when offline."""
    asked, _, other = place.removeprefix("hf:").partition("@")
    named = _NAME.fullmatch(asked)
    if named is None or ".." in asked:
        raise InputError(
            f"{naming.printable(place)} is no name on the Hub; expected hf:OWNER/NAME or "
            "hf:OWNER/NAME/CONFIG, such as "
            f"hf:ylecun/mnist. Mend it."
        )
    name, config = named[1], named[2] or ""
    files = (
        _find_cached(Path(other).expanduser(), name, config)
        if other
        else _fetch_files(place, name, config, progress)
    )
    if not files:
        raise InputError(
            f"{other} holds no Parquet files of {name}; expected "
            f"{_snapshots(name)}/REVISION/*.parquet. Put them there."
        )
    try:
        return parquet_images.read(f"hugging_face({place!r}", place, files, options, progress)
    except NoPictures as error:
        raise InputError(
            f"{place} holds no pictures: {error} Name its file {files[0][0]} as DATA then."
        ) from error


def sample(folder: Path) -> str:
    """Write a small Hugging Face cache and return the DATA argument."""
    import pyarrow
    import pyarrow.parquet
    from PIL import Image

    features = {
        "image": {"_type": "Image"},
        "label": {"names": ["cat", "dog"], "_type": "ClassLabel"},
    }
    place = folder / "datasets--receta--pets" / "snapshots" / "0" / "data"
    place.mkdir(parents=True, exist_ok=True)
    for part, n in (("train", 8), ("test", 4)):
        rows = []
        for row in range(n):
            stream = io.BytesIO()
            Image.new("RGB", (6, 5), (200 * (row % 2), 20 * row, n)).save(stream, "PNG")
            rows.append({"image": {"bytes": stream.getvalue(), "path": None}, "label": row % 2})
        table = pyarrow.Table.from_pylist(rows)
        table = table.replace_schema_metadata(
            {"huggingface": json.dumps({"info": {"features": features}})}
        )
        pyarrow.parquet.write_table(table, place / f"{part}-00000-of-00001.parquet")
    return f"hf:receta/pets@{folder}"


def _fetch_files(place: str, name: str, config: str, progress: Progress) -> list[tuple[str, str]]:
    """Files with their parts: from our cache, from the Hub, or from the user's own cache."""
    home = disk.cache_root() / "hub" / name.replace("/", "--") / (config or "-")
    known = _find_downloaded(home)
    if known:
        return known
    reason = "HF_HUB_OFFLINE is set"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() not in ("1", "ON", "YES", "TRUE"):
        try:
            return _from_hub(place, name, config, home, progress)
        except published.Unreachable as error:
            reason = str(error)
            if error.status in (401, 403):
                reason += (
                    ": it is closed, or there is none of that name; ask for access there "
                    "and set HF_TOKEN"
                )
            elif error.status == 404:
                reason += ": no data set of that name, or none that the Hub keeps as Parquet"
    own = _hub_cache()
    found = _find_cached(own, name, config)
    if found:
        progress.say(f"{place}: the Hub cannot be asked ({reason}); read from {own}")
        return found
    raise InputError(
        f"{place} cannot be downloaded from {_endpoint()} ({reason}); expected its Parquet files "
        "(train-*.parquet, test-*.parquet) "
        f"in {own / _snapshots(name)}/0{'/' + config if config else ''}. Put them there, or name "
        "their folder as DATA."
    )


def _from_hub(
    place: str, name: str, config: str, home: Path, progress: Progress
) -> list[tuple[str, str]]:
    endpoint = _endpoint()
    address = f"{endpoint}/api/datasets/{name}/parquet"
    try:
        listed = outside.parse_json(published.ask(address, _token(address)), address)
        configs: dict[str, dict[str, list[str]]] = {
            str(one): {str(split): [str(file) for file in files] for split, files in splits.items()}
            for one, splits in listed.items()
        }
    except (ValueError, AttributeError, TypeError) as error:
        raise InputError(
            f"{address} answers with no list of Parquet files; expected one. Look at it, or repeat."
        ) from error
    chosen = _config(place, config, configs)
    addresses = [
        (split, number, file)
        for split, files in configs[chosen].items()
        for number, file in enumerate(files)
    ]
    if not addresses or len(addresses) > _MOST_FILES:
        raise InputError(
            f"{place} has {len(addresses)} Parquet files on the Hub; expected 1 to "
            f"{_MOST_FILES}. Name another data set."
        )
    progress.say(f"downloading {place}: {len(addresses)} Parquet files into {home}")
    names: list[dict[str, str]] = []
    for split, number, file in addresses:
        # a mirror that hands on the list as it is
        if endpoint != HUB and file.startswith(f"{HUB}/"):
            file = endpoint + file.removeprefix(HUB)
        if not file.startswith(("https://", "http://")):
            raise InputError(
                f"{place} has the address {naming.printable(file)[:80]!r}; expected https. Name "
                "another data set."
            )
        local = f"{re.sub(r'[^A-Za-z0-9_]', '_', split)}-{number:05}.parquet"
        if not (home / local).is_file():
            published.fetch(file, home / local, "", progress, _token(file))
        names.append({"file": local, "split": split})
    disk.write_json(home / "files.json", names)
    return _find_downloaded(home)


def _config(place: str, config: str, configs: dict[str, dict[str, list[str]]]) -> str:
    if config in configs:
        return config
    if not config and (len(configs) == 1 or "default" in configs):
        return "default" if "default" in configs else next(iter(configs))
    said = f"no configuration {config!r}" if config else "several configurations"
    raise InputError(
        f"{place} has {said} among {naming.first_few(sorted(configs), 8) or 'none'}; expected "
        "one of them."
        f"{nearest(config, configs)} Say hf:OWNER/NAME/CONFIG."
    )


def _find_downloaded(home: Path) -> list[tuple[str, str]]:
    """Files that were downloaded earlier, if all of them are there."""
    try:
        listed: list[dict[str, str]] = disk.read_json(home / "files.json")
    except RunError:
        return []
    files = [(str(home / one["file"]), part_of(one["split"])) for one in listed]
    return _order_parts(files) if all(os.path.isfile(file) for file, _ in files) else []


def _find_cached(hub: Path, name: str, config: str) -> list[tuple[str, str]]:
    """Files in a cache of the Hub: of the revision that is called main, else of the newest."""
    snapshots = hub / _snapshots(name)
    if not snapshots.is_dir():
        return []
    main = hub / _snapshots(name).parent / "refs" / "main"
    revisions = sorted(
        (entry for entry in snapshots.iterdir() if entry.is_dir()),
        key=lambda entry: -entry.stat().st_mtime_ns,
    )
    if main.is_file():
        text = main.read_text(encoding="utf-8", errors="replace").strip()
        revisions.sort(key=lambda entry: entry.name != text)
    for revision in revisions:
        found = sorted(
            revision.rglob("*.parquet"), key=lambda path: naming.natural_path(path.as_posix())
        )
        inside = [path.relative_to(revision).parts for path in found]
        if config and any(config in parts[:-1] for parts in inside):
            found = [
                path for path, parts in zip(found, inside, strict=True) if config in parts[:-1]
            ]
        elif config:
            continue
        if found:
            return _order_parts([(str(path), _part(path)) for path in found])
    return []


def _part(path: Path) -> str:
    words = [*re.split(r"[-_.]", path.name), path.parent.name]
    return next((part_of(word) for word in words if part_of(word)), "")


def _order_parts(files: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(files, key=lambda file: ("train", "validation", "test", "").index(file[1]))


def _snapshots(name: str) -> Path:
    return Path(f"datasets--{name.replace('/', '--')}") / "snapshots"


def _hub_cache() -> Path:
    """Where the Hub's own library keeps what it downloads."""
    named = os.environ.get("HF_HUB_CACHE")
    home = os.environ.get("HF_HOME") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    return Path(named or os.path.join(home, "hub")).expanduser()


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def _token(address: str) -> dict[str, Any]:
    """What authorises: only if the user set it, and only for the Hub itself."""
    token = os.environ.get("HF_TOKEN", "").strip()
    return (
        {"authorization": f"Bearer {token}"}
        if token and published.host_of(address) == published.host_of(_endpoint())
        else {}
    )
