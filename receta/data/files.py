"""Which files lie below a folder, links and all?

Folders that receta wrote itself are no data, wherever they lie.
"""

from __future__ import annotations

import os
from functools import partial

from receta.core import disk
from receta.core.errors import InputError
from receta.data import image_formats
from receta.data.listing import Listing
from receta.data.own_folders import MANIFESTS, MOST_MANIFEST, written_by_receta
from receta.data.unread_files import Unread, ending_of

MOST_FILES = 2_000_000  # 1 GB of names (LOG.md); ImageNet has 1.3 million pictures
MOST_DEPTH = 64  # folders inside each other
MOST_LINKS = 8  # symbolic links to folders inside each other
MOST_LINKED = 100_000  # folders reached through links: links that lead to each other multiply
_JUNK = frozenset(
    {
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "@eadir",
        "$recycle.bin",
        "__pycache__",
        "lost+found",
    }
)


def is_junk(name: str) -> bool:
    """Whether a file or folder is what systems leave about.

    >>> is_junk(".DS_Store"), is_junk("__MACOSX"), is_junk("cat")
    (True, True, False)
    """
    # of Windows, in WSL
    return name.startswith(".") or name.lower() in _JUNK or name.endswith(":Zone.Identifier")


_OF_A_RUN = frozenset({"rungs", "exports", "bundles", "tensorboard"})


def walk(root: str) -> Listing:
    """All files below a folder, sorted in; raises InputError for a tree without end.

    Only the kind that a folder notes is looked at: no file is asked for more than its first bytes,
    and that only where its name does not say what it is.
    """
    found = Listing()
    real_root = os.path.realpath(root)
    cache = os.path.realpath(disk.cache_place())
    n, linked = 0, 0
    waiting: list[tuple[str, int, tuple[str, ...]]] = [("", 0, ())]
    while waiting:
        folder, depth, links = waiting.pop()
        here = os.path.join(root, folder) if folder else root
        entries = _entries(here)
        n += len(entries)
        if n > MOST_FILES:
            raise InputError(
                f"{root} holds more than {MOST_FILES:,} files; expected fewer. Name a folder "
                "further in."
            )
        names = {entry.name for entry in entries} & MANIFESTS
        what = written_by_receta(names, partial(_beginning_in, here)) if names else ""
        if os.path.realpath(here) == cache:
            what = "a cache"
        if not folder:
            found.root = what
        elif what:
            found.ours.append((folder, what))
            continue
        else:
            found.folders.add(folder)
        for entry in entries:
            name = entry.name
            if is_junk(name):
                continue
            path = f"{folder}/{name}" if folder else name
            if entry.is_dir(follow_symlinks=False):
                if not folder and what.startswith("a run") and name in _OF_A_RUN:
                    found.ours.append((name, what))
                    continue
                if depth + 1 > MOST_DEPTH:
                    raise InputError(
                        f"{here} nests deeper than {MOST_DEPTH} folders; expected fewer. Name a "
                        "folder further in."
                    )
                waiting.append((path, depth + 1, links))
            elif entry.is_symlink() and entry.is_dir():
                real, target = os.path.realpath(here), os.path.realpath(entry.path)
                if _loops(target, (*links, real)):
                    found.loops.append(path)
                    continue
                linked += 1
                if linked > MOST_LINKED:
                    raise InputError(
                        f"{root} holds links to folders that lead to each other without end; "
                        "expected few. Take them out."
                    )
                if not _is_below(target, real_root):
                    found.outside.append(path)
                waiting.append((path, depth + 1, (*links, real)))
            else:
                _add_file(found, entry, path, real_root)
    return found


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except PermissionError as error:
        raise InputError(
            f"{folder} may not be read (permission denied); expected folders that you may open. "
            f"Change its permissions (chmod -R u+rX), or name another folder."
        ) from error


def _add_file(found: Listing, entry: os.DirEntry[str], path: str, real_root: str) -> None:
    is_link = entry.is_symlink()
    if not is_link and not entry.is_file(follow_symlinks=False):
        found.filled.add(path.rpartition("/")[0])
        if ending_of(entry.name) in image_formats.SUFFIXES:
            found.unread.append(Unread(path, "a pipe, socket or device"))
        else:
            found.others["pipe or device"] += 1
        return
    if is_link:
        target = os.path.realpath(entry.path)
        # A broken link named like a picture is kept: reading it tells the user that it is gone.
        if not os.path.exists(target) and ending_of(entry.name) not in image_formats.SUFFIXES:
            found.loops.append(path)
            return
        if not _is_below(target, real_root):
            found.outside.append(path)
    found.add(path, lambda: _beginning(entry.path, image_formats.MAGIC_BYTES))


def _beginning_in(folder: str, name: str) -> bytes:
    return _beginning(os.path.join(folder, name))


def _beginning(path: str, n: int = MOST_MANIFEST) -> bytes:
    try:
        # Without O_NONBLOCK a pipe would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, n)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _loops(target: str, passed: tuple[str, ...]) -> bool:
    """Whether a link leads back above a folder that led to it, or links lie too deep."""
    if len(passed) > MOST_LINKS:
        return True
    return any(_is_below(folder, target) for folder in passed)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
