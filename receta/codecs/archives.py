"""Which kind of archive is a file that is no ZIP archive?"""

from __future__ import annotations

import re

UNPACK = "Unpack it and name the folder."


def kind_of_archive(head: bytes, name: str) -> str:
    """What a file is that is an archive of another kind, by its first bytes or its name; or ''.

    >>> (
    ...     kind_of_archive(b"Rar!", ""),
    ...     kind_of_archive(b"", "a.tar.gz"),
    ...     kind_of_archive(b"GIF8", ""),
    ... )
    ('a RAR archive', 'a tar archive', '')
    """
    known = (
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"PK\x03\x04", "a ZIP archive"),
    )
    found = next((kind for magic, kind in known if head.startswith(magic)), "")
    lower = name.lower()
    if not found and (
        lower.endswith((".tar", ".tgz", ".tbz2", ".txz")) or re.search(r"\.tar\.[a-z0-9]+$", lower)
    ):
        found = "a tar archive"
    packed = (
        (b"\x1f\x8b", "a gzip file"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ", "an XZ file"),
        (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    )
    return found or next((kind for magic, kind in packed if head.startswith(magic)), "")
