"""Is a file from outside read within its bounds, whatever it is?"""

from __future__ import annotations

import os

import pytest

from receta.core import outside


def test_a_file_is_read_and_pipes_devices_folders_and_large_files_are_named(tmp_path):
    (tmp_path / "sound").write_bytes(b"abc")
    assert outside.read_file(tmp_path / "sound", 3) == b"abc"
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "pipe", "pipe or device"),
        ("/dev/zero", "pipe or device"),
        (tmp_path, "directory"),
        (tmp_path / "sound", "more than"),
    ):
        with pytest.raises(OSError, match=words):
            outside.read_file(path, 2)
