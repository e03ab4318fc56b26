"""Are pictures downloaded once, safely, and is every failure told?"""

from __future__ import annotations

import contextlib
import errno
import gzip
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE
from picture_server import (
    PictureServer,
    cut_off,
    drips_its_head,
    endless,
    first_then,
    good,
    hangs,
    redirect,
    serving,
    status,
)
from shell import environment, picture

from receta.core.errors import InputError
from receta.core.progress import Quiet
from receta.data import image
from receta.data.dataset import Dataset
from receta.data.image import Unreadable
from receta.fetching import answers, connecting, downloading, hosts, ledger
from receta.sources import load

PNG = [picture(seed) for seed in range(8)]
JPEG = picture(9, kind="JPEG")
QUICK = downloading.Limits(
    connect_s=10, read_s=20, total_s=60, most_bytes=200_000, pause_s=0.001, most_pause_s=0.05
)


class Told(Quiet):
    """Keeps what it is told."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.said: list[str] = []
        self.bars: list[tuple[str, int, str]] = []
        self.advanced, self._stop_after = 0, stop_after

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, n: int = 1, **figures: float | str) -> None:
        self.advanced += n
        if self.advanced >= self._stop_after:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def bar(self, title: str, total: int, unit: str = "") -> Iterator[Told]:
        self.bars.append((title, total, unit))
        yield self


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(downloading, "LIMITS", QUICK)


@pytest.fixture
def server() -> Iterator[PictureServer]:
    with serving() as running:
        for number, content in enumerate(PNG):
            running.answers[f"/{number}.png"] = good(content)
        yield running


def listed(folder: Path, records: list[tuple[str, object]], name: str = "urls.jsonl") -> Path:
    """A file of one address and label a line."""
    place = folder / name
    place.write_text(
        "".join(
            json.dumps({"content": address, "label": label}) + "\n" for address, label in records
        )
    )
    return place


def four(server: PictureServer, folder: Path, *more: str) -> Path:
    """Four good pictures of two classes, and then some paths of the server."""
    records = [(server.url(f"/{number}.png"), "ab"[number % 2]) for number in range(4)]
    return listed(folder, [*records, *((server.url(path), "a") for path in more)])


def got(place: Path, **options: object) -> Dataset:
    return load(place, allow_private=True, **options)


def reasons(data: Dataset) -> list[str]:
    return [gone.reason for gone in data.left_out]


def refused(place: Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


# What is downloaded


def test_pictures_are_those_of_the_server_in_the_order_of_the_file(server, tmp_path):
    data = got(four(server, tmp_path))
    assert all(
        np.array_equal(one, image.decode(content)) for one, content in zip(data, PNG, strict=False)
    )
    assert data.class_names == ("a", "b")
    assert data.targets.tolist() == [0, 1, 0, 1]
    assert data.ids == tuple(f"127.0.0.1:{server.port}/{number}.png" for number in range(4))
    assert data.left_out == ()


def test_second_load_asks_for_nothing_and_is_the_same(server, tmp_path):
    place = four(server, tmp_path, "/missing.png", "/text.png")
    server.answers["/text.png"] = good(b"<html></html>", "text/html")
    first = got(place)
    asked = list(server.asked)
    assert len(asked) == 6
    again = got(place)
    assert server.asked == asked
    assert again.fingerprint == first.fingerprint
    assert again.left_out == first.left_out
    assert again.source.stamp() == first.source.stamp()
    assert len(first.left_out) == 2


def test_nothing_is_imported_for_the_network_when_the_cache_has_everything(server, tmp_path):
    place = four(server, tmp_path)
    got(place)
    code = (
        f"import sys; from receta.sources import load; load({str(place)!r}, "
        "allow_private=True); print('httpx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_an_address_that_is_listed_twice_is_asked_once(server, tmp_path):
    address = server.url("/0.png")
    data = got(
        listed(tmp_path, [(address, "a"), (f"{address}#top", "b"), (server.url("/1.png"), "b")])
    )
    assert Counter(server.asked) == {"/0.png": 1, "/1.png": 1}
    assert data.ids[:2] == (f"127.0.0.1:{server.port}/0.png", f"127.0.0.1:{server.port}/0.png~2")
    assert np.array_equal(data[0], data[1])


def test_a_bar_counts_the_pictures(server, tmp_path):
    told = Told()
    load(four(server, tmp_path, "/missing.png"), allow_private=True, progress=told)
    assert told.bars == [("downloading", 5, "images")]
    assert told.advanced == 5
    assert told.said[0].startswith(
        "1 of 5 pictures could not be downloaded (1 x HTTP 404) and are left out."
    )


def test_no_more_than_six_at_once_are_asked_of_one_host(server, tmp_path):
    paths = [f"/many/{number}.png" for number in range(40)]
    server.answers |= dict.fromkeys(paths, good(PNG[0]))
    gate = threading.Barrier(6, action=server.released.set)

    def meets(to):
        if not server.released.is_set():
            with contextlib.suppress(threading.BrokenBarrierError):
                gate.wait(5)
        good(PNG[0])(to)

    server.answers |= dict.fromkeys(paths, meets)
    assert len(got(four(server, tmp_path, *paths))) == 44
    assert server.most_at_once == 6


def test_source_can_be_pickled_and_read_by_threads_without_the_server(server, tmp_path):
    source = got(four(server, tmp_path)).source
    server.shutdown()
    assert pickle.loads(pickle.dumps(source)).raw(3) == PNG[3]


# What fails


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(404), "HTTP 404 from {}"),
        (status(403), "HTTP 403 from {}"),
        (status(410), "HTTP 410 from {}"),
        (status(204), "HTTP 204 from {}"),
        (good(PNG[0], "text/html; charset=utf-8"), "text/html instead of a picture: {}"),
        (good(PNG[0], "application/pdf"), "application/pdf instead of a picture: {}"),
        (good(b"<!DOCTYPE html><html>", "image/jpeg"), "not a picture: an HTML page: {}"),
        (good(b"%PDF-1.7", "image/jpeg"), "not a picture: a PDF document: {}"),
        (good(b"", "image/jpeg"), "empty file: 0 bytes: {}"),
        (good(PNG[0] + b"\0" * 200_000), "more than 0.190735 MB: {}"),
        (endless(PNG[0]), "more than 0.190735 MB: {}"),
        (redirect("/bad.png"), "more than 5 redirects: {}"),
        (
            redirect("ftp://127.0.0.1/x.png"),
            "redirect: scheme ftp refused (only http and https): {}",
        ),
        (redirect("file:///etc/passwd"), "redirect: scheme file refused (only http and https): {}"),
        (status(302), "HTTP 302 from {}"),
    ],
)
def test_a_lasting_failure_is_told_and_remembered(server, tmp_path, answer, words):
    server.answers["/bad.png"] = answer
    place = four(server, tmp_path, "/bad.png")
    data = got(place)
    assert len(data) == 4
    assert data.left_out[0].id == f"127.0.0.1:{server.port}/bad.png"
    assert reasons(data) == [words.format(server.url("/bad.png")) + " (line 5)"]
    n = len(server.asked)
    assert reasons(got(place)) == reasons(data)
    assert len(server.asked) == n


@pytest.mark.parametrize(
    "kind",
    [
        "image/png",
        "image/jpeg",
        "application/octet-stream",
        "binary/octet-stream",
        None,
        "IMAGE/PNG; x=1",
    ],
)
def test_pictures_of_any_honest_type_are_taken(server, tmp_path, kind):
    server.answers["/x"] = good(JPEG, kind)
    assert len(got(four(server, tmp_path, "/x"))) == 5


@pytest.mark.parametrize("code", [500, 502, 503, 429, 408])
def test_a_passing_failure_is_tried_again(server, tmp_path, code):
    server.answers["/0.png"] = first_then(status(code), status(code), good(PNG[0]))
    assert len(got(four(server, tmp_path))) == 4
    assert server.asked.count("/0.png") == 3


def test_a_connection_that_breaks_off_is_tried_again(server, tmp_path):
    server.answers["/0.png"] = first_then(cut_off(PNG[0]), good(PNG[0]))
    assert len(got(four(server, tmp_path))) == 4


@pytest.mark.parametrize(
    ("answer", "words", "times", "limits"),
    [
        (status(500), "HTTP 500 from", 4, {}),
        (hangs(good(PNG[0])), "no answer within 0.3 s", 4, {"read_s": 0.3}),
        (endless(PNG[0], b"\0", 0.02), "not whole after 1.5 s", 1, {"total_s": 1.5}),
        (drips_its_head(), "not whole after 1.5 s", 1, {"total_s": 1.5}),
        (cut_off(PNG[0]), "connection broke off (", 4, {}),
    ],
)
def test_a_failure_that_stays_is_told_and_asked_again_at_the_next_load(
    server, tmp_path, monkeypatch, answer, words, times, limits
):
    monkeypatch.setattr(downloading, "LIMITS", replace(QUICK, **limits))
    server.answers["/bad.png"] = answer
    place = four(server, tmp_path, "/bad.png")
    data = got(place)
    assert len(data) == 4
    assert words in reasons(data)[0]
    assert 1 <= server.asked.count("/bad.png") <= times
    server.released.set()
    monkeypatch.setattr(downloading, "LIMITS", QUICK)
    server.answers["/bad.png"] = good(PNG[5])
    before = Counter(server.asked)
    assert len(got(place)) == 5
    assert Counter(server.asked) - before == {"/bad.png": 1}


def test_a_server_that_asks_for_a_pause_is_given_it_up_to_a_bound(server, tmp_path):
    later = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    server.answers["/soon"] = first_then(status(429, Retry_After="0"), good(PNG[5]))
    server.answers["/late"] = status(429, Retry_After="3600")
    server.answers["/date"] = status(503, Retry_After=later)
    data = got(four(server, tmp_path, "/soon", "/late", "/date"))
    assert len(data) == 5
    assert "HTTP 429, asks to come back in 3,600 s from" in reasons(data)[0]
    assert "HTTP 503, asks to come back in 7," in reasons(data)[1]
    assert (server.asked.count("/soon"), server.asked.count("/late")) == (2, 1)


@pytest.mark.parametrize("text", ["", "soon", "-3", "99999999999999999999", "Mon, 99 Foo 2020"])
def test_a_pause_that_makes_no_sense_is_none_or_too_long(text):
    assert answers.asked_pause_s(text) in (0.0, 999999999.0)


def test_redirects_are_followed(server, tmp_path):
    server.answers["/old"] = redirect("/older", 301)
    server.answers["/older"] = redirect(server.url("/5.png"), 307)
    data = got(four(server, tmp_path, "/old"))
    assert np.array_equal(data[4], image.decode(PNG[5]))
    assert data.ids[4].endswith("/old")


def test_no_picture_at_all_is_one_line(server, tmp_path):
    place = listed(
        tmp_path, [(server.url(f"/none/{number}"), "ab"[number % 2]) for number in range(5)]
    )
    text = refused(place, allow_private=True)
    assert (
        "no picture could be downloaded, 5 of 5 could not be had (5 x HTTP 404; the first: "
        "127.0.0.1:" in text
    )


def test_one_class_that_is_left_is_told_as_such(server, tmp_path):
    place = listed(tmp_path, [(server.url("/0.png"), "a"), (server.url("/none"), "b")])
    assert "only pictures of class 'a' are left, 1 of 2 could not be had (1 x HTTP 404" in refused(
        place, allow_private=True
    )


def test_a_class_that_is_gone_is_told(server, tmp_path):
    place = listed(
        tmp_path,
        [(server.url("/0.png"), "a"), (server.url("/1.png"), "b"), (server.url("/none"), "c")],
    )
    told = Told()
    assert load(place, allow_private=True, progress=told).class_names == ("a", "b")
    assert "No picture is left of 'c'." in told.said


def test_a_server_that_is_not_there_is_one_line_and_given_up(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    place = listed(tmp_path, [(f"{address}/{number}", "ab"[number % 2]) for number in range(500)])
    text = refused(place, allow_private=True)
    assert "500 of 500 could not be had (500 x no connection (connection refused)" in text
    assert "Check the network" in text


def test_no_network_is_one_line(tmp_path, monkeypatch):
    def no_network(*words: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    place = listed(
        tmp_path, [(f"https://pictures.example/{number}", "ab"[number % 2]) for number in range(50)]
    )
    assert (
        "host pictures.example cannot be found (temporary failure in name resolution)"
        in refused(place)
    )


def test_real_list_without_network_is_one_line_or_its_pictures(shared, tmp_path, monkeypatch):
    def no_network(*words: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    text = refused(shared / "platzi-sign-mnist" / "json-urls.data.json")
    assert "9 of 9 could not be had (9 x host storage.googleapis.com cannot be found" in text


# What is refused


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[fe80::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "224.0.0.1",
    ],
)
def test_a_private_address_is_refused_without_a_connection(server, tmp_path, host):
    place = listed(
        tmp_path,
        [(f"http://{host}:{server.port}/{number}.png", "ab"[number % 2]) for number in range(2)],
    )
    text = refused(place)
    assert "is in a private or reserved network (--allow-private)" in text
    assert "Say --allow-private if they are your own servers." in text
    assert server.asked == []


def test_what_was_downloaded_privately_is_not_given_out_without_the_option(server, tmp_path):
    place = four(server, tmp_path)
    got(place)
    asked = len(server.asked)
    assert "private" in refused(place)
    assert len(got(place)) == 4
    assert len(server.asked) == asked


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names by address; 127.0.0.1 counts as public here, nothing else does."""
    names: dict[str, list[str]] = {"pictures.example": ["127.0.0.1"]}

    def looked_up(host: str, port: int) -> list[str]:
        names.setdefault("asked", []).append(host)
        return names.get(host, [host])

    monkeypatch.setattr(connecting, "_looked_up", looked_up)
    monkeypatch.setattr(hosts, "is_public", lambda address: address == "127.0.0.1")
    return names


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize("by_name", [False, True])
def test_a_redirect_from_a_public_server_to_a_private_one_is_refused(
    server, tmp_path, public, by_name, allow_private
):
    public["inside.example"] = ["127.0.0.2"]
    with serving("127.0.0.2") as inside:
        inside.answers["/secret"] = good(PNG[7])
        target = f"http://inside.example:{inside.port}/secret" if by_name else inside.url("/secret")
        server.answers["/leads"] = redirect(target)
        place = four(server, tmp_path, "/leads")
        data = load(place, allow_private=allow_private)
        assert len(data) == 4
        assert "redirect: host" in reasons(data)[0]
        assert "127.0.0.2 is in a private or reserved network" in reasons(data)[0]
        assert inside.asked == []
        assert reasons(load(place, allow_private=allow_private)) == reasons(data)
        assert server.asked.count("/leads") == 1


def test_no_server_may_lead_to_the_secrets_of_a_cloud(server, tmp_path):
    server.answers["/leads"] = redirect("http://169.254.169.254/latest/meta-data/")
    data = got(four(server, tmp_path, "/leads"))
    assert "169.254.169.254 is in a private or reserved network" in reasons(data)[0]


def test_a_private_server_may_lead_to_another_with_the_option(server, tmp_path):
    with serving("127.0.0.2") as other:
        other.answers["/x.png"] = good(PNG[6])
        server.answers["/leads"] = redirect(other.url("/x.png"))
        assert np.array_equal(got(four(server, tmp_path, "/leads"))[4], image.decode(PNG[6]))


def test_a_name_is_looked_up_once_and_the_connection_goes_to_what_was_judged(
    server, tmp_path, public, monkeypatch
):
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    monkeypatch.setattr(connecting, "_looked_up", lambda host, port: answers.pop(0))
    place = listed(
        tmp_path,
        [
            (f"http://pictures.example:{server.port}/{number}.png", "ab"[number % 2])
            for number in range(8)
        ],
    )
    assert len(load(place)) == 8
    assert answers == [["127.0.0.2"]]
    assert {sent["Host"] for sent in server.headers} == {f"pictures.example:{server.port}"}


def test_a_name_with_one_private_address_among_public_ones_is_refused(server, tmp_path, public):
    public["pictures.example"] = ["127.0.0.1", "10.0.0.7"]
    place = listed(
        tmp_path,
        [
            (f"http://pictures.example:{server.port}/{number}.png", "ab"[number % 2])
            for number in range(4)
        ],
    )
    assert "host pictures.example refused: 10.0.0.7 is in" in refused(place)
    assert server.asked == []


def test_https_is_not_given_up_by_a_redirect():
    work = object.__new__(downloading._Work)
    import httpx

    with pytest.raises(answers.Failed, match="redirect from https to http refused"):
        work._next(httpx.URL("https://host/a"), "http://host/a")
    with pytest.raises(answers.Failed, match="user name or password"):
        work._next(httpx.URL("https://host/a"), "https://me:secret@host/a")
    assert str(work._next(httpx.URL("http://host/a"), "https://host/b#c")) == "https://host/b"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("2002:808:808::", True),
        ("172.16.0.1", False),
        ("192.0.0.8", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("::", False),
        ("::127.0.0.1", False),
        ("64:ff9b:1::1", False),
        ("2001:0:7f00:1::", False),
        ("2001:db8::1", False),
        ("fe80::1%eth0", False),
        ("no address", False),
    ],
)
def test_networks_that_are_public(address, public):
    assert hosts.is_public(address) is public


def test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again():
    error = OSError(
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate "
        "(_ssl.c:1006)"
    )
    assert answers.why_unconnected(error) == (
        "its certificate is not to be trusted (self-signed certificate)",
        False,
    )


def test_addresses_that_are_none_are_left_out(server, tmp_path):
    bad = [
        "ftp://host/a.png",
        "file:///etc/passwd",
        "http://",
        "http://[::1/a",
        "http://host:99999/",
        "cats/1.jpg",
        "",
        "a" * 9000,
        "http://h\u0000ost/",
        "javascript:alert(1)",
    ]
    records = [(server.url(f"/{number}.png"), "ab"[number % 2]) for number in range(4)]
    data = got(listed(tmp_path, [*records, *((address, "a") for address in bad)]))
    assert len(data) == 4
    assert len(data.left_out) == len(bad)
    assert reasons(data)[0] == "scheme ftp refused (only http and https): ftp://host/a.png (line 5)"
    assert all(text.isprintable() for gone in data.left_out for text in (gone.id, gone.reason))


def test_passwords_and_tokens_are_neither_sent_nor_shown(
    server, tmp_path, capfd, caplog, monkeypatch
):
    caplog.set_level(0)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://me:hunter2@127.0.0.1:9/")
    server.answers["/get?key=hunter2"] = good(PNG[5], Set_Cookie="session=7")
    server.answers["/get?key=hunter3"] = good(PNG[6])
    records = [
        (server.url(path), "ab"[n % 2])
        for n, path in enumerate(["/get?key=hunter2", "/get?key=hunter3", "/no?key=hunter2"])
    ]
    records.append((f"http://me:hunter2@127.0.0.1:{server.port}/0.png", "a"))
    told = Told()
    data = load(listed(tmp_path, records), allow_private=True, progress=told)
    assert len(data) == 2
    assert "user name or password in the address refused" in reasons(data)[1]
    kept = b"".join(
        file.read_bytes().split(b"\n")[0] for file in (tmp_path / "cache").rglob("*.download")
    )
    shown = repr(
        (data.ids, data.left_out, data.source, told.said, capfd.readouterr(), caplog.text, kept)
    )
    assert "hunter" not in shown
    server.answers |= dict.fromkeys(["/4.png", "/5.png"], good(PNG[5], Set_Cookie="session=7"))
    got(listed(tmp_path, [(server.url(f"/{n}.png"), "ab"[n % 2]) for n in range(8)]))
    assert not any(
        {"Authorization", "Cookie", "Proxy-Authorization"} & set(sent) for sent in server.headers
    )
    assert len(set(data.ids)) == 2
    assert data.ids[0].startswith(f"127.0.0.1:{server.port}/get?")


# What is kept


def test_ctrl_c_ends_at_once_and_keeps_what_is_done(server, tmp_path):
    server.answers["/slow"] = hangs(good(PNG[5]))
    place = four(server, tmp_path, "/slow")
    with pytest.raises(KeyboardInterrupt):
        load(place, allow_private=True, progress=Told(stop_after=4))
    assert not any(thread.name == "download" for thread in threading.enumerate())
    server.released.set()
    assert len(got(place)) == 5
    assert all(server.asked.count(f"/{number}.png") == 1 for number in range(4))


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_download_goes_on_where_it_was(server, tmp_path, by):
    slow = [f"/slow/{number}" for number in range(3)]
    server.answers |= dict.fromkeys(slow, hangs(good(PNG[5])))
    place = four(server, tmp_path, *slow)
    code = f"from receta.sources import load; load({str(place)!r}, allow_private=True)"
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), stderr=subprocess.DEVNULL
    ) as process:
        while len(list((tmp_path / "cache").rglob("[!.]*.download"))) < 4 or not set(slow) <= set(
            server.asked
        ):
            assert process.poll() is None
            server.released.wait(0.01)
        process.send_signal(by)
        assert process.wait(timeout=PATIENCE) != 0
    server.released.set()
    data = got(place)
    assert len(data) == 7
    assert all(server.asked.count(f"/{number}.png") == 1 for number in range(4))
    assert not list((tmp_path / "cache").rglob("*.tmp*"))


def test_a_download_that_the_cache_lost_or_damaged_is_asked_again(server, tmp_path):
    place = four(server, tmp_path)
    data = got(place)
    files = [Path(data.source._folder, name) for name in data.source._files]
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-5])
    files[2].write_bytes(b"")
    files[3].write_bytes(b'{"status": 200}\nabc')
    for row in range(4):
        with pytest.raises(Unreadable, match="load again"):
            data.source.raw(row)
    again = got(place)
    assert [again.source.raw(row) for row in range(4)] == PNG[:4]
    assert set(Counter(server.asked).values()) == {2}


def test_what_a_killed_process_left_half_written_is_taken_away_later(server, tmp_path):
    folder = tmp_path / "cache" / "downloads" / "ab"
    folder.mkdir(parents=True)
    old, new = folder / ".cd.1.tmp.download", folder / ".ef.2.tmp.download"
    for file in (old, new):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    got(four(server, tmp_path))
    assert not old.exists()
    assert new.exists()


def test_a_full_disk_is_one_line(server, tmp_path, monkeypatch):
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(ledger, "keep", lambda path, found, content=b"": full(path, content))
    assert "No space left" in refused(four(server, tmp_path), allow_private=True)


def test_two_loads_at_once_ask_once(server, tmp_path):
    place = four(server, tmp_path)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(got(place)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4, 4, 4]
    assert set(Counter(server.asked).values()) == {1}


# Shapes and options


def test_shapes_of_the_list_are_the_same_data(server, tmp_path):
    urls = [server.url(f"/{number}.png") for number in range(4)]
    rows = list(zip(urls, "abab", strict=True))
    shapes = {
        "list.json": [{"content": url, "label": label} for url, label in rows],
        "mapping.json": {"a": urls[::2], "b": urls[1::2]},
        "columns.json": {"urls": urls, "labels": list("abab")},
        "wrapped.json": {"data": [{"image_url": url, "class": label} for url, label in rows]},
        "dataturks.json": [
            {"content": url, "annotation": {"labels": [label], "note": ""}, "extras": None}
            for url, label in rows
        ],
        "spanish.json": [{"imagen": url, "clase": label} for url, label in rows],
        "nested.json": [{"image": {"src": url}, "Category": label} for url, label in rows],
        "both.json": [
            {"image": "1.png", "source_id": 7, "url": url, "label": label} for url, label in rows
        ],
    }
    for name, value in shapes.items():
        (tmp_path / name).write_text(json.dumps(value))
        data = got(tmp_path / name)
        assert sorted(zip(data.ids, data.targets.tolist(), strict=True)) == [
            (f"127.0.0.1:{server.port}/{number}.png", number % 2) for number in range(4)
        ], name
    assert len(server.asked) == 4


def test_escaped_slashes_packed_files_and_numbers_as_labels(server, tmp_path):
    place = tmp_path / "urls.ndjson.gz"
    lines = [
        json.dumps({"url": server.url(f"/{number}.png"), "label": number % 3}).replace("/", "\\/")
        for number in range(6)
    ]
    place.write_bytes(gzip.compress("\r\n\r\n".join(lines).encode("utf-8-sig")))
    data = got(place)
    assert data.class_names == ("0", "1", "2")
    assert data.counts().tolist() == [2, 2, 2]


def test_keys_groups_and_parts(server, tmp_path):
    place = tmp_path / "urls.jsonl"
    records = [
        {
            "kind": "ab"[n % 2],
            "where": {"link": server.url(f"/{n}.png")},
            "who": f"p{n // 2}",
            "split": "train" if n < 4 else "test",
        }
        for n in range(8)
    ]
    place.write_text("\n".join(map(json.dumps, records)))
    data = got(place, label="kind", content="where.link", group="who")
    assert data.groups == ("p0", "p0", "p1", "p1", "p2", "p2", "p3", "p3")
    assert data.parts == ("train",) * 4 + ("test",) * 4
    assert got(place, label="kind", content="where.link", group="/([0-3]|.)[.]png").groups[0] == "0"
    text = refused(place, label="kind", content="where.lnk", allow_private=True)
    assert "line 1 has no picture (a key 'where.lnk')" in text


def test_a_line_without_label_is_one_line_or_left_out(server, tmp_path):
    place = four(server, tmp_path)
    with place.open("a") as file:
        file.write(json.dumps({"content": server.url("/5.png")}) + "\n")
        file.write('{"content": "http://h/a.p\n')
        file.write(json.dumps({"content": server.url("/6.png"), "label": "b"}))
    assert "line 5 has no label; its keys are 'content'" in refused(place, allow_private=True)
    data = got(place, bad_rows="quarantine")
    assert len(data) == 5
    assert [gone.id for gone in data.left_out] == ["line-5", "line-6"]
    assert "no JSON" in reasons(data)[1]


def test_test_data_may_be_addresses_too(server, tmp_path):
    other = listed(
        tmp_path,
        [(server.url(f"/{number}.png"), "ab"[number % 2]) for number in range(4, 8)],
        "test.jsonl",
    )
    data = load(four(server, tmp_path, "/none"), test=other, allow_private=True)
    assert Counter(data.parts) == {"": 4, "test": 4}
    assert len(data.left_out) == 1
