"""Does the page collect pictures, train on them and use what was learnt, and nothing that nobody asked for?"""

from __future__ import annotations

import io
import os
import re
import threading
import zipfile

import httpx
import numpy as np
import pytest
from PIL import Image
from server.cameras import seeing, video
from server.looking import narrow, pages, shoot
from server.serving import serving
from shell import receta
from sklearn.datasets import load_digits

from receta import server
from receta.core.errors import RecetaError
from receta.server.teaching.collection import ENOUGH, ENOUGH_TAKES, TAKES, Collection

OWN = {"X-Receta": "teach"}


def picture(digit: int, number: int = 0, kind: str = "png") -> bytes:
    """A handwritten digit as a file of 64 x 64 pixels."""
    data = load_digits()
    pixels = np.round(data.images[np.flatnonzero(data.target == digit)[number]] * 255 / 16).astype(
        np.uint8
    )
    content = io.BytesIO()
    Image.fromarray(pixels).resize((64, 64), Image.Resampling.BILINEAR).save(content, kind)
    return content.getvalue()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mine"


@pytest.fixture
def client(folder):
    with (
        serving([], teach=folder) as address,
        httpx.Client(base_url=address, headers=OWN) as client,
    ):
        yield client


def add(client, name: str, content: bytes, **query) -> httpx.Response:
    return client.post("/v1/teach/pictures", params={"class": name, **query}, content=content)


# Collecting


def test_pictures_become_files_of_their_class_and_go_again(client, folder) -> None:
    assert not folder.exists()  # until there is a picture
    named = client.post("/v1/teach/classes", params={"name": " my  class "}).json()
    assert named["classes"] == [{"name": "my class", "pictures": 0, "newest": []}]
    for number in range(3):
        told = add(client, "zero", picture(0, number, "jpeg"), live="1").json()
    assert [(one["name"], one["pictures"]) for one in told["classes"]] == [
        ("zero", 3),
        ("my class", 0),
    ]
    kept = sorted(folder.rglob("*.*"))
    assert [str(path.relative_to(folder)) for path in kept] == [
        f"zero/take-0001-00{n}.jpg" for n in (1, 2, 3)
    ]
    assert kept[2].read_bytes() == picture(0, 2, "jpeg")  # as it came
    assert client.delete("/v1/teach/pictures").json()["undone"] == "zero"
    assert len(list(folder.rglob("*.jpg"))) == 2


def test_only_what_this_server_wrote_is_taken_back(folder) -> None:
    (folder / "zero").mkdir(parents=True)
    (folder / "zero" / "own.png").write_bytes(picture(0))
    with (
        serving([], teach=folder) as address,
        httpx.Client(base_url=address, headers=OWN) as client,
    ):
        assert client.get("/v1/teach").json()["can_undo"] is False
        assert client.delete("/v1/teach/pictures").status_code == 400
        add(client, "zero", picture(0, 1))
        assert client.delete("/v1/teach/pictures").status_code == 200
        assert client.delete("/v1/teach/pictures").status_code == 400
    assert [path.name for path in folder.rglob("*.*")] == ["own.png"]


def test_frames_of_one_take_share_a_group_and_files_do_not(folder) -> None:
    collection = Collection(folder)
    frames = [collection.add("a", picture(0, n), live=True) for n in range(3)]
    other = collection.add("b", picture(1), live=True)
    files = [collection.add("b", picture(1, n)) for n in range(ENOUGH_TAKES)]
    again = collection.add("a", picture(0, 4), live=True)
    (folder / "a" / "IMG-0007.png").write_bytes(picture(0, 5))
    every = (*frames, other, *files, again, folder / "a" / "IMG-0007.png")
    groups = [re.search(TAKES, f"{path.parent.name}/{path.name}")[0] for path in every]
    assert groups[:3] == [groups[0]] * 3
    assert len(set(groups[3:])) == len(groups[3:])
    assert groups[0] not in groups[3:]
    assert groups[-1] == "IMG-0007.png"
    assert not collection.is_varied()


def test_a_folder_is_enough_only_with_two_classes_of_some_pictures(folder) -> None:
    collection = Collection(folder)
    for number in range(ENOUGH):
        assert not collection.enough()
        collection.add("a", picture(0, number))
        collection.add("b", picture(1, number))
    assert collection.enough()
    assert collection.is_varied()
    collection.add("c", picture(2))
    assert not collection.enough()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "..",
        ".hidden",
        "a/b",
        "..\\x",
        "a\nb/../c",
        "train",
        "Test",
        "x" * 101,
        "nul\x00",
        "\u732b" * 90,
    ],
)
def test_a_name_that_is_no_folders_is_refused(name, client, folder) -> None:
    for response in (
        add(client, name, picture(0)),
        client.post("/v1/teach/classes", params={"name": name}),
    ):
        assert response.status_code == 400
        assert "a class cannot be called" in response.json()["reason"]
    assert not folder.exists()


def test_a_class_without_pictures_is_forgotten_and_no_other(client, folder) -> None:
    for name in ("one", "slip"):
        client.post("/v1/teach/classes", params={"name": name})
    add(client, "one", picture(0))
    left = client.delete("/v1/teach/classes", params={"name": "slip"}).json()["classes"]
    assert [(one["name"], one["pictures"]) for one in left] == [("one", 1)]
    kept = client.delete("/v1/teach/classes", params={"name": "one"})
    assert kept.status_code == 400
    assert "holds 1 picture; expected one without pictures" in kept.json()["reason"]
    assert client.delete("/v1/teach/classes", params={"name": "../x"}).status_code == 400
    assert len(list((folder / "one").iterdir())) == 1


@pytest.mark.parametrize(
    ("content", "words", "code"),
    [
        (b"", "empty file", "empty"),
        (b"hello", "not a picture: text", "not_a_picture"),
        (picture(0)[:-40], "truncated", "truncated"),
    ],
)
def test_what_is_no_picture_is_refused_and_not_kept(content, words, code, client, folder) -> None:
    response = add(client, "zero", content)
    assert response.status_code == 422
    assert words in response.json()["reason"]
    assert response.json()["code"] == code
    assert not list(folder.rglob("*.*"))


def test_a_picture_is_seen_small_and_taken_away_alone_unless_it_is_the_users_own(
    client, folder
) -> None:
    (folder / "zero").mkdir(parents=True)
    (folder / "zero" / "mine.png").write_bytes(picture(0))
    (folder.parent / "secret.png").write_bytes(picture(1))
    for number in range(3):
        told = add(client, "zero", picture(0, number)).json()
    listed = [(one["name"], one["own"]) for one in told["classes"][0]["newest"]]
    assert listed == [
        ("take-0003-001.png", True),
        ("take-0002-001.png", True),
        ("take-0001-001.png", True),
        ("mine.png", False),
    ]
    small = client.get("/v1/teach/pictures", params={"class": "zero", "name": "mine.png"})
    assert Image.open(io.BytesIO(small.content)).size == (96, 96)
    for name in ("../../secret.png", "secret.png", ""):
        for method in ("GET", "DELETE"):
            gone = client.request(
                method, "/v1/teach/pictures", params={"class": "zero", "name": name}
            )
            assert (gone.status_code, gone.json()["code"]) == (400, "gone")
    kept = client.delete("/v1/teach/pictures", params={"class": "zero", "name": "mine.png"})
    assert (kept.status_code, kept.json()["code"]) == (400, "not_taken_here")
    left = client.delete(
        "/v1/teach/pictures", params={"class": "zero", "name": "take-0002-001.png"}
    ).json()
    assert left["classes"][0]["pictures"] == 3
    # the newest goes next
    assert client.delete("/v1/teach/pictures").json()["classes"][0]["pictures"] == 2
    assert sorted(path.name for path in (folder / "zero").iterdir()) == [
        "mine.png",
        "take-0001-001.png",
    ]


def test_a_link_in_the_folder_is_no_class(client, folder, tmp_path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    kept = outside / "take-0001-001.png"
    kept.write_bytes(picture(1))
    folder.mkdir(exist_ok=True)
    (folder / "cat").symlink_to(outside)
    assert add(client, "cat", picture(1)).status_code == 400
    assert (
        client.request("DELETE", "/v1/teach/pictures?class=cat&name=take-0001-001.png").status_code
        == 400
    )
    assert list(outside.iterdir()) == [kept]


def test_a_pipe_or_a_device_among_the_pictures_is_no_thumbnail(client, folder) -> None:
    (folder / "cat").mkdir(parents=True)
    os.mkfifo(folder / "cat" / "a.png")
    (folder / "cat" / "b.png").symlink_to("/dev/zero")
    for name in ("a.png", "b.png"):
        assert client.get(f"/v1/teach/pictures?class=cat&name={name}").status_code == 422


def test_a_class_is_renamed_with_its_folder_but_never_onto_another(client, folder) -> None:
    add(client, "zero", picture(0))
    add(client, "one", picture(1))
    client.post("/v1/teach/classes", params={"name": "empty"})
    for new, code in (("one", "class_exists"), ("a/b", "class_name")):
        refused = client.post("/v1/teach/classes", params={"name": "zero", "to": new})
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    client.post("/v1/teach/classes", params={"name": "empty", "to": "two"})
    told = client.post("/v1/teach/classes", params={"name": "one", "to": "uno"}).json()
    assert [(one["name"], one["pictures"]) for one in told["classes"]] == [
        ("uno", 1),
        ("zero", 1),
        ("two", 0),
    ]
    assert client.delete("/v1/teach/pictures").json()["undone"] == "uno"
    assert not list((folder / "uno").iterdir())


def test_before_a_training_there_is_neither_result_nor_report(client) -> None:
    assert client.get("/v1/teach").json()["result"] is None
    for path in ("report", "model.zip"):
        assert client.get(f"/v1/teach/{path}").json()["code"] == "untaught"


# Who may


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Receta": ""},
        {**OWN, "Origin": "http://evil.example"},
        {**OWN, "Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/teach/pictures?class=a"),
        ("POST", "/v1/teach/classes?name=a"),
        ("POST", "/v1/teach/classes?name=a&to=b"),
        ("DELETE", "/v1/teach/pictures?class=a&name=b"),
        ("DELETE", "/v1/teach/pictures"),
        ("POST", "/v1/teach/training?minutes=1"),
        ("DELETE", "/v1/teach/training"),
    ],
)
def test_a_page_of_another_host_teaches_nothing(headers, method, path, client, folder) -> None:
    response = client.request(
        method, path, headers=headers, content=picture(0) if method == "POST" else None
    )
    assert response.status_code == 403
    assert not folder.exists()


class Fair:
    """Says that both classes are as probable."""

    class_names, input_shape, folder = ("a", "b"), (8, 8, 1), "fair"

    def predict(self, inputs):
        return np.full((len(inputs), 2), 0.5, np.float32)


def test_nothing_is_collected_where_no_folder_was_named() -> None:
    with serving(Fair()) as address:
        assert httpx.get(f"{address}/page.json").json() == {"server": True, "teach": False}
        assert httpx.get(f"{address}/v1/teach").status_code == 404
        assert (
            httpx.post(
                f"{address}/v1/teach/pictures",
                params={"class": "a"},
                headers=OWN,
                content=picture(0),
            ).status_code
            == 404
        )


def test_strangers_may_not_write_without_a_token(tmp_path) -> None:
    with pytest.raises(
        RecetaError, match=r"--teach lets whoever reaches http://0\.0\.0\.0/ write .*--token"
    ):
        server.serve([], teach=tmp_path / "mine", host="0.0.0.0", port=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(RecetaError, match="is a file; expected a folder"):
        server.serve([], teach=tmp_path / "file", port=0)
    receta("serve", "--port", "0").refused("nothing to serve", "--teach")


def test_without_a_model_predictions_are_refused_in_one_line(client) -> None:
    assert client.get("/v1/models").json()["models"] == []
    response = client.post("/v1/predict", content=picture(0))
    assert response.status_code == 404
    assert "no model yet" in response.json()["reason"]
    assert client.get("/readyz").json() == {"ready": True}


# Training


def filled(client) -> None:
    for number in range(12):
        for digit in (0, 1):
            assert (
                add(client, "zero" if digit == 0 else "one", picture(digit, number)).status_code
                == 200
            )


def ended(client, within_s: float = 300) -> dict:
    """How the training stands once it has ended."""
    for _ in range(int(within_s / 0.2)):
        training = client.get("/v1/teach").json()["training"]
        if training["state"] not in ("reading", "running", "finishing"):
            return training
        threading.Event().wait(0.2)
    raise TimeoutError(training)


def test_a_training_needs_pictures_and_a_sensible_time(client) -> None:
    assert (
        "too few pictures"
        in client.post("/v1/teach/training", params={"minutes": "3"}).json()["reason"]
    )
    filled(client)
    for minutes in ("0", "999", "many", "-1", ""):
        assert (
            "out of bounds"
            in client.post("/v1/teach/training", params={"minutes": minutes}).json()["reason"]
        )
    assert "minutes is missing" in client.post("/v1/teach/training").json()["reason"]
    assert client.get("/v1/teach").json()["training"] is None


def teaching(folder, *more: str):
    """An application without a model, whose trainings get further arguments."""
    from receta.server.api import application
    from receta.server.models import Models
    from receta.server.teaching.requests import Teaching

    models = Models()
    taught = Teaching(folder, models, more)
    taught.coach.resume()
    return application(models, teach=taught)


def test_a_training_that_fails_is_one_clear_line_and_another_may_follow(folder) -> None:
    with (
        serving([], application=teaching(folder, "--set", "rungs=nothing")) as address,
        httpx.Client(base_url=address, headers=OWN) as client,
    ):
        filled(client)
        for _ in range(2):
            assert client.post("/v1/teach/training", params={"minutes": "1"}).status_code == 200
            training = ended(client)
            assert training["state"] == "failed"
            assert "nothing" in training["reason"]
            assert "\n" not in training["reason"]
            assert "Traceback" not in " ".join(training["says"])
        assert client.get("/healthz").status_code == 200


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_teaches_from_nothing_to_a_model_that_names_what_the_camera_sees(
    folder, tmp_path
) -> None:
    data = load_digits()
    zeros = [
        np.round(data.images[row] * 255 / 16).astype(np.uint8)
        for row in np.flatnonzero(data.target == 0)[:40]
    ]
    film = video(tmp_path / "zero.y4m", zeros)
    quick = ("--set", "rungs=linear", "--set", "epochs=60", "--force")
    with (
        serving([], application=teaching(folder, *quick)) as address,
        httpx.Client(base_url=address, headers=OWN) as client,
        seeing(film) as browser,
        pages(browser) as open_page,
    ):
        page = open_page(address)
        page.locator("h1", has_text="Teach it what it should know").wait_for()
        assert page.locator(".class .name").evaluate_all(
            "(all) => all.map((one) => one.value)"
        ) == ["Class 1", "Class 2"]
        assert page.locator("#teach-train").is_disabled()
        for row, name in enumerate(("zero", "one")):
            page.locator(".class .name").nth(row).fill(name)
            page.locator(".class .name").nth(row).press("Enter")
            page.get_by_label(f"Name of the class {name}").wait_for()
        files = []
        for number in range(24):
            files.append(tmp_path / f"{number}.png")
            files[-1].write_bytes(picture(1, number))
        page.get_by_label("Choose files: one").set_input_files(files)
        page.locator(".class").nth(1).get_by_text("24 pictures").wait_for()
        page.get_by_role("button", name="Use the camera: zero").click()
        button = page.get_by_role("button", name="Hold to take pictures: zero")
        button.wait_for()
        button.scroll_into_view_if_needed()
        place = button.bounding_box()
        page.mouse.move(place["x"] + 5, place["y"] + 5)
        page.mouse.down()
        zeros = page.locator(".class").nth(0)
        zeros.get_by_text(re.compile(r"^(2[5-9]|[3-9]\d) pictures$")).wait_for(timeout=120_000)
        page.mouse.up()
        page.locator(".held").wait_for(state="detached")
        before = len(list((folder / "zero").iterdir()))
        zeros.locator(".thumb img").first.wait_for()
        zeros.locator(".thumb").first.hover()
        zeros.locator(".thumb button").first.click()
        zeros.get_by_text(f"{before - 1} pictures").wait_for()
        page.locator("#teach-undo").click()
        zeros.get_by_text(f"{before - 2} pictures").wait_for()
        shoot(page, "teach")
        # in view
        assert page.locator("#teach-train").evaluate(
            "(button) => button.getBoundingClientRect().bottom <= innerHeight"
        )
        page.locator("#teach-train").click()
        page.locator("#teach-stop").wait_for()
        page.locator(".steps [aria-current=step]").wait_for()
        assert (
            page.locator("#teach-state pre").count() == 0
            or page.locator("#teach-state pre").is_hidden()
        )
        page.locator(".judged .word", has_text="cannot be judged").wait_for(timeout=300_000)
        page.locator(".judged", has_text="pictures right that it had never seen").wait_for()
        page.locator("#model-name", has_text="mine").wait_for()
        page.locator("#verdict bdi", has_text="zero").wait_for()
        shoot(page, "taught")
        assert narrow(page)
        assert page.troubles == []
        assert client.get("/v1/models").json()["models"][0]["target"] == "onnx"
        assert client.get("/v1/models").json()["models"][0]["web"] is not None
        report = client.get(f"/{page.locator('#teach-report').get_attribute('href')}")
        assert "sandbox" in report.headers["content-security-policy"]
        assert report.text.startswith("<!DOCTYPE html>")
        archive = zipfile.ZipFile(io.BytesIO(client.get("/v1/teach/model.zip").content))
        assert {"mine/onnx/model.onnx", "mine/web/index.html", "mine/report.html"} <= set(
            archive.namelist()
        )
        # Another one is stopped: what answers stays.
        page.locator("#teach-train").click()
        page.locator("#teach-stop").click()
        page.locator("#teach-state", has_text="Stopped").wait_for(timeout=60_000)
        assert client.get("/v1/models").json()["models"][0]["version"] == 1
    # a server that starts anew knows what was learnt
    with serving([], application=teaching(folder)) as address:
        assert httpx.get(f"{address}/v1/models").json()["models"][0]["class_names"] == [
            "one",
            "zero",
        ]
        assert httpx.get(f"{address}/v1/teach").json()["result"]["word"] == "cannot be judged"
