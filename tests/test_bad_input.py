"""Does every kind of bad input end in one line and exit code 2, and is nothing lost?"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from patience import PATIENCE
from sealing import seal_run
from shell import bomb, picture, pictures, receta

PIXELS = ",".join(f"p{n}" for n in range(9))
ROW = ",".join("123456789")


@pytest.fixture(autouse=True)
def _fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def _table(*rows: str, header: str = f"label,{PIXELS}") -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "t.csv").write_text("\n".join([header, *rows]) + "\n")
        return folder / "t.csv"

    return write


def _file(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def _archive(**members: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "t.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/1.png", picture(1))
            archive.writestr("b/1.png", picture(2))
            for name, content in members.items():
                archive.writestr(name, content)
        return folder / "t.zip"

    return write


def _empty(folder: Path) -> Path:
    (folder / "nothing").mkdir()
    return folder / "nothing"


def _loose(folder: Path) -> Path:
    (folder / "loose").mkdir()
    (folder / "loose" / "1.png").write_bytes(picture())
    return folder / "loose"


def _none_readable(folder: Path) -> Path:
    for name in ("d/a/1.jpg", "d/a/2.jpg", "d/b/1.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("no picture")
    return folder / "d"


DATA = {
    "does not exist": (
        lambda folder: folder / "sings",
        ["does not exist", "expected a path of data or digits", "Check the spelling"],
    ),
    "empty folder": (
        _empty,
        ["holds no pictures", "expected one folder of pictures a class", "Name another"],
    ),
    "folder without classes": (
        _loose,
        ["1 picture but none in a folder of its class", "Sort them so"],
    ),
    "one class": (
        lambda folder: pictures(folder / "d", 2, "a"),
        ["one class only ('a', 2 examples)", "Add examples of another class"],
    ),
    "nothing readable": (
        _none_readable,
        ["none of the 3 pictures can be read", "a/1.jpg: not a picture: text"],
    ),
    "ragged table": (
        _table(f"a,{ROW}", f"b,{ROW},7", f"b,{ROW}"),
        ["line 3 has 11 cells; expected 10", "--bad-rows quarantine"],
    ),
    "text in a pixel": (
        _table(f"a,{ROW}", "b,1,2,dog,4,5,6,7,8,9"),
        ["line 3, column 'p2' holds 'dog'", "a number 0 to 255"],
    ),
    "pixel too large": (
        _table(f"a,{ROW}", "b,1,2,256,4,5,6,7,8,9"),
        ["line 3, column 'p2' holds '256'", "0 to 255"],
    ),
    "empty pixel": (_table(f"a,{ROW}", "b,1,2,,4,5,6,7,8,9"), ["line 3, column 'p2' is empty"]),
    "empty label": (
        _table(f"a,{ROW}", f",{ROW}"),
        ["line 3, column 'label' holds nothing; expected a label"],
    ),
    "quote that never ends": (
        _table('a,"' + "1," * 70_000),
        ["line 2 has 70002 cells; expected 10"],
    ),
    "old Mac line ends": (
        _file("t.csv", f"label,{PIXELS}\ra,{ROW}\r".encode()),
        ["carriage returns alone", "Save it again"],
    ),
    "empty table": (_file("t.csv", b""), ["is empty; expected a label and pixels a line"]),
    "header alone": (_table(), ["a header but no rows"]),
    "no picture's length": (
        _table("a,1,2,3", header="label,p0,p1,p2"),
        ["3 pixels a row, no square picture", "--shape"],
    ),
    "table of one class": (_table(f"a,{ROW}", f"a,{ROW}"), ["one class only ('a', 2 examples)"]),
    "archive that leads out": (
        _archive(**{"../evil.png": b"x"}),
        ["'../evil.png' leads out of the archive", "Pack the pictures anew"],
    ),
    "archive of absolute paths": (
        _archive(**{"/etc/evil.png": b"x"}),
        ["'/etc/evil.png' has an absolute path"],
    ),
    "archive of Windows paths": (_archive(**{"C:\\evil.png": b"x"}), ["has an absolute path"]),
    "archive with a bomb": (
        _archive(**{"a/2.png": bytes(120 * 10**6)}),
        ["unpacks from", "decompression bomb: do not unpack it"],
    ),
    "no archive": (
        _file("t.zip", b"PK\x03\x04 and no more"),
        ["cannot be opened as a ZIP archive", "Download or pack it again"],
    ),
    "empty archive": (_file("t.zip", b"PK\x05\x06" + bytes(18)), ["is an empty ZIP archive"]),
    "damaged arrays": (
        _file("t.npz", b"PK\x03\x04 and no more"),
        ["is damaged", "Download or save it again"],
    ),
    "unknown kind": (
        _file("t.pdf", b"%PDF-1.7"),
        ["is of no kind that receta reads", "Name another file or folder"],
    ),
}


@pytest.mark.parametrize("name", DATA)
def test_bad_data_are_one_line(name: str, tmp_path: Path) -> None:
    write, words = DATA[name]
    receta("look", write(tmp_path), "--json").refused(*words)


def test_bad_data_leave_no_run_behind(tmp_path: Path) -> None:
    receta("run", _empty(tmp_path), "--out", tmp_path / "run", "--json").refused(
        "holds no pictures"
    )
    assert not (tmp_path / "run").exists()


def test_class_with_one_image_is_one_line(tmp_path: Path) -> None:
    data = pictures(tmp_path / "d")
    (data / "c").mkdir()
    (data / "c" / "1.png").write_bytes(picture(77))
    receta("split", data).refused(
        "class 'c' has a single image to split", "expected at least 3", "remove the class"
    )


def test_missing_label_column_names_the_nearest(tmp_path: Path) -> None:
    data = _table(f"a,{ROW}", f"b,{ROW}", header=f"letter,{PIXELS}")(tmp_path)
    receta("look", data, "--label", "leter").refused(
        "has no column 'leter'", "Did you mean 'letter'?", "Change --label"
    )


def test_bad_rows_can_be_left_out(tmp_path: Path) -> None:
    data = _table(f"a,{ROW}", f"b,{ROW},7", f"b,{ROW}", "a,1,2,dog,4,5,6,7,8,9")(tmp_path)
    assert receta("look", data, "--bad-rows", "quarantine", "--json").good().json[
        "quarantined"
    ] == [
        {"id": "row-2", "reason": "line 3 has 11 cells; expected 10"},
        {"id": "row-4", "reason": "line 5, column 'p2' holds 'dog'; expected a number 0 to 255"},
    ]


def _with_bad_pictures(folder: Path) -> tuple[Path, dict[str, str]]:
    data = pictures(folder, 12)
    whole = {
        kind: picture(5, (90, 80), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")
    }
    (data / "a" / "empty.png").write_bytes(b"")
    (data / "a" / "text.jpg").write_text("mislabelled")
    (data / "a" / "page.jpg").write_text("<!DOCTYPE html><html>404</html>")
    (data / "b" / "bomb.png").write_bytes(bomb())
    (data / "b" / "link.png").symlink_to("nowhere.png")
    for kind, content in whole.items():
        (data / "b" / f"cut.{kind.lower()}").write_bytes(content[: len(content) // 2])
    expected = {
        "a/empty.png": "empty file: 0 bytes",
        "a/text.jpg": "not a picture: text",
        "a/page.jpg": "not a picture: an HTML page",
        "b/bomb.png": "decompression bomb",
        "b/link.png": "vanished",
        **{
            f"b/cut.{kind.lower()}": "ends early" if kind != "WEBP" else "cut off" for kind in whole
        },
    }
    return data, expected


@pytest.mark.slow
def test_bad_pictures_go_to_quarantine_and_never_stop_the_run(tmp_path: Path) -> None:
    data, expected = _with_bad_pictures(tmp_path / "d")
    result = (
        receta("run", data, "--set", "rungs=prior", "--out", tmp_path / "run", "--json").good().json
    )
    assert result["quarantined"] == json.loads((tmp_path / "run" / "quarantine.json").read_text())
    found = {gone["id"]: gone["reason"] for gone in result["quarantined"]}
    assert found.keys() == expected.keys()
    for name, words in expected.items():
        assert words in found[name], (name, found[name])
    split = json.loads((tmp_path / "run" / "split.json").read_text())
    assert not found.keys() & {*split["train"], *split["validation"], *split["test"]}


def test_bad_pictures_are_told_by_every_look(tmp_path: Path) -> None:
    data, expected = _with_bad_pictures(tmp_path / "d")
    looked = receta("look", data, "--json").good().json
    assert {gone["id"] for gone in looked["quarantined"]} == expected.keys()
    audited = receta("audit", data, "--json").good().json["findings"]
    named = [
        name
        for one in audited
        if one["check"] in ("unreadable", "truncated")
        for name in one["ids"]
    ]
    assert sorted(named) == sorted(expected)
    divided = receta("split", data, "--json").good().json
    assert not expected.keys() & {*divided["train"], *divided["validation"], *divided["test"]}


# Rights are given up after all is imported: where Python itself lies may be closed to others.
AS_NOBODY = [
    sys.executable,
    "-c",
    """
import os, PIL.Image, receta.cli.app, receta.exporters, receta.journey, receta.pipeline.looking, receta.sources, simplejpeg
PIL.Image.init(), receta.sources.shelf.names()
os.setgroups([]), os.setgid(65534), os.setuid(65534)
receta.cli.main()
""",
]


@pytest.fixture
def common(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody may use, for tests that give root's rights up."""
    if os.getuid():
        pytest.skip("only root can become somebody else")
    import tempfile

    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        monkeypatch.setenv("RECETA_CACHE", str(folder / "cache"))
        yield folder


def test_folders_without_permission_are_one_line(common: Path) -> None:
    data = pictures(common / "d")
    (data / "a").chmod(0)
    receta("look", data, program=AS_NOBODY).refused(
        "d/a may not be read (permission denied)", "Change its permissions"
    )
    data.chmod(0)
    receta("look", data, program=AS_NOBODY).refused(
        "d may not be read (permission denied)", "Change its permissions"
    )
    data.chmod(0o755)
    (data / "a").chmod(0o755)
    (common / "mine").mkdir(mode=0o700)
    mine = common / "mine"
    for words in (
        ("split", data, "--out", mine / "x.json"),
        ("look", data, "--out", mine / "x.png"),
        ("run", data, "--out", mine / "run"),
    ):
        receta(*words, program=AS_NOBODY).refused("mine", "ermission denied", "expected")
    receta("predict", mine / "run", data, program=AS_NOBODY).refused("mine/run", "ermission denied")


def test_a_picture_that_may_be_read_again_is_taken_again(common: Path) -> None:
    data = pictures(common / "d")
    (data / "a" / "3.png").chmod(0)
    assert receta("look", data, "--json", program=AS_NOBODY).good().json["quarantined"] == [
        {"id": "a/3.png", "reason": "cannot be read: permission denied"}
    ]
    (data / "a" / "3.png").chmod(0o644)  # which changes neither its size nor its time
    assert receta("look", data, "--json", program=AS_NOBODY).good().json["quarantined"] == []


def test_places_that_cannot_be_written_are_one_line(tmp_path: Path) -> None:
    data = pictures(tmp_path / "d")
    file = data / "a" / "0.png"
    before = file.read_bytes()
    for out in (file, file / "run"):
        receta("run", data, "--out", out).refused("cannot be written", "Choose another")
    receta("split", data, "--out", file / "x.json").refused("cannot be written")
    receta("split", data, "--out", data).refused("cannot be written (Is a directory)")
    receta("look", data, env={"RECETA_CACHE": str(file)}).refused(
        "RECETA_CACHE=", "cannot be written", "Change it"
    )
    assert file.read_bytes() == before


# No room left.


@contextlib.contextmanager
def _small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _room(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


def test_no_room_for_the_cache_is_one_line_and_then_it_works(tmp_path: Path) -> None:
    data = pictures(tmp_path / "d", 12)
    with _small_disk(tmp_path / "disk", "300k") as disk:
        (disk / "precious").write_bytes(b"x" * 200_000)
        look = ("look", data, "--set", "image_size=200", "--json")
        cache = {"RECETA_CACHE": str(disk)}
        receta(*look, env=cache).refused(
            "no space left on the disk", "Nothing that stood there is lost", "then repeat"
        )
        assert (disk / "precious").read_bytes() == b"x" * 200_000
        # gives back what it took
        assert not [path for path in disk.rglob("*") if path.name in ("images.npy", "facts.npy")]
        _room(disk, "10m")
        assert receta(*look, env=cache).good().json["n"] == 24


def test_no_room_for_a_table_is_one_line_and_then_it_works(tmp_path: Path) -> None:
    rows = [f"{'ab'[n % 2]}," + ",".join(["7"] * 2500) for n in range(300)]
    data = _table(*rows, header="label," + ",".join(f"p{n}" for n in range(2500)))(tmp_path)
    with _small_disk(tmp_path / "disk", "300k") as disk:
        cache = {"RECETA_CACHE": str(disk)}
        receta("look", data, env=cache).refused("no space left on the disk", "then repeat")
        _room(disk, "10m")
        assert receta("look", data, "--json", env=cache).good().json["n"] == 300


def test_a_file_limit_is_one_line(tmp_path: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    data = pictures(tmp_path / "d", 12)
    words = ("look", data, "--set", "image_size=200")
    receta(*words, preexec_fn=limited).refused(
        "no space left on the disk", "Nothing that stood there is lost"
    )
    receta(*words).good()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["4k", "200k"])
def test_no_room_for_a_run_is_one_line_and_then_it_works(tmp_path: Path, size: str) -> None:
    data = pictures(tmp_path / "d", 20)
    with _small_disk(tmp_path / "disk", size) as disk:
        run = (
            "run",
            data,
            "--out",
            disk / "run",
            "--set",
            "rungs=linear",
            "--set",
            "epochs=1",
            "--force",
            "--json",
        )
        receta(*run).refused("no space left", "then repeat")
        _room(disk, "20m")
        assert receta(*run).good().json["best"]["rung"] == "linear"
        assert not list((disk / "run").rglob("*.tmp*"))


# Folders of runs.


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Data and a finished run of them; tests copy what they change."""
    folder = tmp_path_factory.mktemp("finished")
    data = pictures(folder / "d", 12)
    receta(
        "run",
        data,
        "--set",
        "rungs=prior",
        "--out",
        folder / "run",
        env={"RECETA_CACHE": str(folder / "cache")},
    ).good()
    return data, folder / "run"


@pytest.fixture
def again(
    finished: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path]:
    """A copy of data and run that a test may spoil."""
    data, run = (Path(shutil.copytree(path, tmp_path / path.name)) for path in finished)
    return data, run


def _repeat(data: Path, run: Path) -> tuple[object, ...]:
    return ("run", data, "--set", "rungs=prior", "--out", run)


def _contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_a_finished_run_that_is_repeated_changes_nothing(again: tuple[Path, Path]) -> None:
    data, run = again
    before = _contents(run)
    ended = receta(*_repeat(data, run), "--json").good()
    assert "is finished already: nothing was changed" in ended.err
    assert ended.json["best"]["rung"] == "prior"
    assert _contents(run) == before


def test_a_folder_of_other_files_is_refused_and_stays(tmp_path: Path) -> None:
    data = pictures(tmp_path / "d")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    receta("run", data, "--set", "rungs=prior", "--out", tmp_path / "mine").refused(
        "holds other files (thesis.txt)", "--out"
    )
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.slow
def test_a_run_of_other_things_is_refused_with_what_differs(again: tuple[Path, Path]) -> None:
    data, run = again
    before = {name: content for name, (content, _) in _contents(run).items()}
    receta(*_repeat(data, run), "--set", "seed=1").refused(
        "a run of another recipe (seed: 0 -> 1)", "--out"
    )
    (data / "b" / "new.png").write_bytes(picture(99))
    receta(*_repeat(data, run)).refused(
        "the data changed since", "1 added, such as b/new.png", "--out"
    )
    (data / "b" / "new.png").unlink()
    old = (data / "a" / "3.png").read_bytes()
    (data / "a" / "3.png").unlink()
    (data / "a" / "3.png").write_bytes(picture(98))
    receta(*_repeat(data, run)).refused("1 changed in content or class, such as a/3.png")
    (data / "a" / "3.png").write_bytes(old)
    (data / "a" / "3.png").rename(data / "b" / "33.png")
    receta(*_repeat(data, run)).refused("1 added, such as b/33.png; 1 removed, such as a/3.png")
    assert {name: content for name, (content, _) in _contents(run).items()} == before


def test_a_run_of_another_version_is_refused(again: tuple[Path, Path]) -> None:
    data, run = again
    about = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**about, "format": 99, "receta": "9.9"}))
    for words in (_repeat(data, run), ("evaluate", run), ("predict", run, data)):
        receta(*words).refused(
            "written by receta 9.9 in format 99; expected format 1 or 2",
            "another folder with --out",
        )
    assert receta("runs", run.parent, "--json").good().json["runs"][0]["run"] == str(run)


def test_a_second_run_into_a_folder_is_refused(again: tuple[Path, Path]) -> None:
    import fcntl

    data, run = again
    with open(run / ".lock", "a+b") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        receta(*_repeat(data, run)).refused(
            "is in use by another receta", "Wait for it to end", "--out"
        )
    assert receta("evaluate", run, "--json").good().json["n"] > 0


SPOILT = [b"", b"{", b"{}", b"\xff\xfe\x00", b"[]", b'{"format": 1}']


@pytest.mark.parametrize("content", SPOILT)
def test_a_damaged_run_json_is_one_line(again: tuple[Path, Path], content: bytes) -> None:
    data, run = again
    (run / "run.json").write_bytes(content)
    for words in (_repeat(data, run), ("evaluate", run), ("predict", run, data)):
        assert str(run) in receta(*words).refused("expected")
    assert receta("runs", run.parent, "--json").good().json["runs"][0]["state"] == "damaged"


@pytest.mark.parametrize("name", ["result.json", "recipe.toml", "rungs/prior/rung.json"])
def test_other_damaged_files_of_a_run_are_one_line_or_mended(
    again: tuple[Path, Path], name: str
) -> None:
    data, run = again
    (run / name).write_bytes(b"\xff{")
    for words in ((*_repeat(data, run), "--json"), ("evaluate", run)):
        ended = receta(*words)
        if ended.code:
            ended.refused(name.rpartition("/")[2], "expected")


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Data and a run that looks as if it had been killed while it trained."""
    folder = tmp_path_factory.mktemp("unfinished")
    data, run = pictures(folder / "d", 20), folder / "run"
    receta("run", data, *LINEAR, "--out", run, env={"RECETA_CACHE": str(folder / "cache")}).good()
    for path in (run / "result.json", run / "rungs" / "linear" / "rung.json"):
        path.unlink()
    seal_run(run)
    return data, run


LINEAR = (
    "--set",
    "rungs=linear",
    "--set",
    "epochs=1",
    "--set",
    "precision=float32",
    "--force",
    "--json",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("decisions.json", b'{"plan": {}}'),
        ("state.npz", b""),
        ("state.npz", b"PK\x03\x04 cut"),
        ("checks.json", b"{"),
    ],
)
def test_damaged_files_of_an_unfinished_rung_are_one_line(
    unfinished: tuple[Path, Path], tmp_path: Path, name: str, content: bytes
) -> None:
    data, run = unfinished[0], Path(shutil.copytree(unfinished[1], tmp_path / "run"))
    (run / "rungs" / "linear" / name).write_bytes(content)
    seal_run(run)
    receta("run", data, *LINEAR, "--out", run).refused(name, "expected")


def test_a_folder_that_is_no_run_is_one_line(tmp_path: Path) -> None:
    for words in (
        ("evaluate", tmp_path),
        ("predict", tmp_path, "x.png"),
        ("evaluate", tmp_path / "missing"),
    ):
        receta(*words).refused("run.json", "expected", "`receta run` made")


# Stopped by the user.


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_so_and_goes_on(tmp_path: Path, number: int) -> None:
    from shell import CONTROL, RECETA, environment

    data = pictures(tmp_path / "d", 40)
    words = [
        "run",
        str(data),
        "--out",
        str(tmp_path / "run"),
        "--set",
        "rungs=linear",
        "--set",
        "epochs=3000",
        "--set",
        "patience=0",
        "--set",
        "precision=float32",
        "--force",
        "--json",
    ]
    process = subprocess.Popen(
        [*RECETA, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    decisions = tmp_path / "run" / "rungs" / "linear" / "decisions.json"
    while process.poll() is None and not (
        decisions.exists() and "plan" in json.loads(decisions.read_text())
    ):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1)  # somewhere in its epochs
    process.send_signal(number)
    out, err = (stream.decode() for stream in process.communicate(timeout=PATIENCE))
    assert process.returncode == 130, err
    assert out == ""
    lines = [line for line in err.splitlines() if line.startswith("receta: ")]
    assert lines == [
        f"receta: interrupted; what is done is kept in {tmp_path / 'run'}. The same command goes "
        "on from there."
    ]
    assert err.endswith(lines[0] + "\n")
    assert "\n\n" not in err
    assert "Traceback" not in err
    assert not CONTROL.search(err)
    if number == signal.SIGTERM:
        return  # how it goes on is the same
    plain = json.loads(decisions.read_text())
    plan = {**plain["plan"], "epochs": 1}  # else it would train for minutes
    decisions.write_text(json.dumps({**plain, "plan": plan}))
    seal_run(tmp_path / "run")
    assert receta(*words).good().json["best"]["rung"] == "linear"


def test_a_stopped_look_is_one_line(tmp_path: Path) -> None:
    from shell import RECETA, environment

    for name in "ab":
        (tmp_path / "d" / name).mkdir(parents=True)
    lock = tmp_path / "cache" / "pixels"
    large = picture(0, (3000, 3000))
    # seconds of decoding, so that a busy machine has time to send the signal
    for number in range(40):
        (tmp_path / "d" / "ab"[number % 2] / f"{number}.png").write_bytes(large)
    process = subprocess.Popen(
        [*RECETA, "look", tmp_path / "d"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    while process.poll() is None and not list(lock.glob("*/manifest.json")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
    process.send_signal(signal.SIGINT)
    out, err = (stream.decode() for stream in process.communicate(timeout=PATIENCE))
    assert (process.returncode, out) == (130, "")
    assert (
        err == "receta: interrupted; what is done is kept. The same command goes on from there.\n"
    )
