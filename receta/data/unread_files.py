"""What is a file that is not read as a picture, and what is said of it?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from receta.core.amounts import counted as counted
from receta.data import image_formats

RAW = frozenset(
    [
        ".3fr",
        ".arw",
        ".cr2",
        ".cr3",
        ".crw",
        ".dng",
        ".erf",
        ".iiq",
        ".kdc",
        ".mrw",
        ".nef",
        ".nrw",
        ".orf",
        ".pef",
        ".raf",
        ".raw",
        ".rw2",
        ".sr2",
        ".srf",
        ".srw",
        ".x3f",
    ]
)
# Kinds that are photos: a folder that holds nothing else is still one of a class.
PHOTOS = {
    ".heic": "HEIC",
    ".heif": "HEIC",
    ".hif": "HEIC",
    ".jxl": "JPEG XL",
    ".jp2": "JPEG 2000",
    ".j2k": "JPEG 2000",
    ".jpf": "JPEG 2000",
    ".jpx": "JPEG 2000",
    ".dcm": "DICOM",
    ".tga": "TGA",
    ".exr": "OpenEXR",
    ".qoi": "QOI",
    ".pcx": "PCX",
    **dict.fromkeys(RAW, "a camera's raw file"),
}
_DRAWINGS = {
    ".svg": "SVG",
    ".svgz": "SVG",
    ".psd": "Photoshop",
    ".psb": "Photoshop",
    ".xcf": "GIMP",
    ".ico": "an icon",
    ".icns": "an icon",
    ".cur": "an icon",
    ".eps": "EPS",
    ".dds": "DDS",
    ".xbm": "XBM",
    ".xpm": "XPM",
    ".wmf": "WMF",
    ".emf": "EMF",
}
_MAGIC = (
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"qoif", "QOI"),
)
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".7z", ".rar", ".zst")
# What lies beside a picture under its whole name: cat.jpg.json, cat.jpg.txt
_BESIDE = frozenset(
    [
        ".json",
        ".xml",
        ".txt",
        ".csv",
        ".tsv",
        ".yaml",
        ".yml",
        ".html",
        ".htm",
        ".md",
        ".npy",
        ".npz",
        ".pt",
        ".pkl",
        ".md5",
        ".sha1",
        ".sha256",
        ".url",
        ".lnk",
        ".aae",
        ".xmp",
        ".torrent",
        *ARCHIVES,
    ]
)
_LONGEST_FIRST = sorted(image_formats.SUFFIXES, key=len, reverse=True)
_PICTURE_INSIDE = re.compile(rf"(?:{'|'.join(map(re.escape, _LONGEST_FIRST))})(?![a-z]).*$")
_SUFFIX = re.compile(r"\.[a-z0-9_]{1,10}$")
_AMOUNT = re.compile(r"^[0-9]+ \w+ of ")  # only the beginning is known
_NUMBERS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Unread:
    """What a person would take for a picture, and why it is none for receta.

    kind: what it is, in words. advice: what to do; '' for what is no picture at all.
    is_photo: whether a folder of such is one of a class.
    """

    path: str
    kind: str
    advice: str = ""
    is_photo: bool = True

    @property
    def reason(self) -> str:
        """The text that stands in a quarantine."""
        if self.advice:
            return f"{self.kind} cannot be read here: {self.advice}"
        return f"no picture, though its name says so: {self.kind}"


def suffix(name: str) -> str:
    """What kind of file a name says it is, for counting.

    >>> suffix("Film.MP4"), suffix("2019-01-01 12.30.05")
    ('.mp4', 'without suffix')
    """
    found = _SUFFIX.search(name.lower(), 1)
    return found[0] if found and not found[0][1:].isdigit() else "without suffix"


def why_unread(path: str, lower: str, ending: str, kind: str, first: bytes) -> Unread | None:
    """What a person would take for a picture; None for other files."""
    if kind == "HEIC" or PHOTOS.get(ending) == "HEIC":
        if kind or not image_formats.is_readable("HEIC"):
            return Unread(path, "HEIC", image_formats.HEIC.partition(": ")[2])
        return _not_what_it_says(path, first)
    what = (
        next((what for magic, what in _MAGIC if first.startswith(magic)), "")
        or PHOTOS.get(ending, "")
        or _DRAWINGS.get(ending, "")
    )
    if what:
        return Unread(path, what, "convert to JPEG or PNG", what not in _DRAWINGS.values())
    inside = _PICTURE_INSIDE.search(lower)
    if inside is not None and ending not in _BESIDE and suffix(lower) not in _BESIDE:
        return _not_what_it_says(path, first)
    return None


def _not_what_it_says(path: str, first: bytes) -> Unread:
    what = _AMOUNT.sub("bytes of ", image_formats.what_is(first)) if first else "an empty file"
    return Unread(path, what)


def ending_of(name: str) -> str:
    """The last suffix of a name in small letters, with its dot; '' where it has none."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def spell_odd(name: str) -> str:
    """How a name ends that does not end as a picture's: '.jpg.1', '.jpg_large', 'without
    suffix'.
    """
    inside = _PICTURE_INSIDE.search(name.lower(), 1)
    return _NUMBERS.sub("1", inside[0])[:20] if inside else suffix(name)
