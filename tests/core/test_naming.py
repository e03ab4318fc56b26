"""Does a stamp follow what it stands for?"""

from __future__ import annotations

import os

from receta.core import naming


def test_a_small_file_written_anew_within_a_tick_of_the_clock_has_another_stamp(tmp_path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("1,2")
    status = file.stat()
    before = naming.file_stamp([str(file)])
    file.write_text("1,3")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert naming.file_stamp([str(file)]) != before
