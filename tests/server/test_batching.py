"""Do pictures of several requests go through the network together, and each answer to its own?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from PIL import ImageFile
from shell import picture

from receta.data.image import Unreadable
from receta.server.batching import Batcher
from receta.server.large import LargeLine
from receta.server.limits import Limits

QUICK_S = 1e-4


class Echo:
    """Answers with the first pixel, and remembers how many pictures came together."""

    class_names, input_shape = ("a", "b"), (2, 2, 1)

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.go_on = threading.Event()
        self.at_once = self.most_at_once = 0

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.go_on.wait(30)
        self.sizes.append(len(inputs))
        self.at_once -= 1
        first = inputs[:, 0, 0, 0].astype(np.float32)
        return np.stack([first, 255 - first], axis=1)


def pixels(value: int) -> np.ndarray:
    return np.full((2, 2, 1), value, np.uint8)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


async def ask(batcher: Batcher, names: list[str], some: list[object]) -> np.ndarray:
    return (await batcher.judge(names, some)).probabilities  # type: ignore[arg-type]


def asked(
    batcher: Batcher, network: Echo, requests: list[list], waiting: int | None = None
) -> list:
    """Answers or errors of requests that are all there before the network goes on."""

    async def all_of_them():
        tasks = [
            asyncio.ensure_future(ask(batcher, [f"{i}.{j}" for j in range(len(one))], one))
            for i, one in enumerate(requests)
        ]
        await asyncio.sleep(0)
        network.go_on.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(all_of_them())


def test_what_comes_while_the_slots_work_goes_together(pool) -> None:
    network = Echo()
    batcher = Batcher(network, pool, Limits(batch=64), slots=2)
    answers = asked(batcher, network, [[pixels(i)] for i in range(50)])
    assert [answer[0, 0] for answer in answers] == list(range(50))
    assert sorted(network.sizes) == [1, 1, 48]


def test_a_batch_is_never_larger_than_its_bound(pool) -> None:
    network = Echo()
    batcher = Batcher(network, pool, Limits(batch=8), slots=1)
    answers = asked(
        batcher, network, [[pixels(i), pixels(i + 1), pixels(i + 2)] for i in range(20)]
    )
    assert [answer[:, 0].tolist() for answer in answers] == [[i, i + 1, i + 2] for i in range(20)]
    assert max(network.sizes) <= 8
    assert sum(network.sizes) == 60


def test_a_request_alone_goes_at_once_and_a_large_one_whole(pool) -> None:
    network = Echo()
    batcher = Batcher(network, pool, Limits(batch=8), slots=1)
    assert asked(batcher, network, [[pixels(7)]])[0].tolist() == [[7, 248]]
    assert len(asked(batcher, network, [[pixels(i) for i in range(30)]])[0]) == 30
    assert network.sizes == [1, 30]


def test_one_broken_picture_fails_alone(pool) -> None:
    network = Echo()
    batcher = Batcher(network, pool, Limits(batch=64), slots=1)
    good = picture(size=(2, 2))
    answers = asked(batcher, network, [[good], [good, b"no picture"], [good], [b""]])
    assert [type(answer) for answer in answers] == [np.ndarray, Unreadable, np.ndarray, Unreadable]
    assert str(answers[1]) == "1.1: not a picture: text"
    assert sum(network.sizes) == 2


def test_a_network_that_fails_is_told_to_all_of_its_batch_and_the_next_is_answered(pool) -> None:
    network = Echo()
    predict = network.predict

    def fails_once(inputs):
        network.predict = predict
        assert network.go_on.wait(30)
        raise MemoryError("full")

    network.predict = fails_once
    batcher = Batcher(network, pool, Limits(batch=64), slots=1)
    answers = asked(batcher, network, [[pixels(1)], [pixels(2)]])
    assert [type(answer) for answer in answers] == [MemoryError, np.ndarray]


def test_a_network_is_asked_by_one_thread_at_a_time(pool) -> None:
    network = Echo()
    asked(
        Batcher(network, pool, Limits(batch=1), slots=4), network, [[pixels(i)] for i in range(12)]
    )
    assert (len(network.sizes), network.most_at_once) == (12, 1)


def test_who_waits_no_longer_costs_no_work(pool) -> None:
    network = Echo()
    batcher = Batcher(network, pool, Limits(batch=1), slots=1)

    async def impatient():
        tasks = [asyncio.ensure_future(ask(batcher, ["x"], [pixels(i)])) for i in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        network.go_on.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = asyncio.run(impatient())
    assert isinstance(answers[1], asyncio.CancelledError)
    assert network.sizes == [1, 1]


def test_a_request_is_refused_once_its_pictures_have_many_pixels_together(pool) -> None:
    network = Echo()
    batcher = Batcher(network, pool, Limits(batch=64, pixels=100), slots=1)
    few, many = [np.zeros((10, 10, 1), np.uint8)] * 5, [np.zeros((10, 10, 1), np.uint8)] * 6
    good, error = asked(batcher, network, [few, many])
    assert good.shape == (5, 2)
    assert isinstance(error, Unreadable)
    assert str(error) == "1.5: the pictures before it have more pixels than 400; send fewer at once"


def test_small_pictures_pass_large_ones_which_go_one_after_another(pool) -> None:
    network, may_decode = Echo(), threading.Event()
    network.go_on.set()
    large_line = LargeLine(pool, most=1600)
    batcher = Batcher(network, pool, Limits(), slots=2, large=large_line)
    large, decoding = np.zeros((40, 40, 1), np.uint8), []
    read = batcher.reader.read

    def read_late(names, given, has_gone):
        if given[0] is large:
            decoding.append(len(decoding))
            assert may_decode.wait(30)
        return read(names, given, has_gone)

    batcher.reader.read = read_late  # type: ignore[method-assign]

    async def all_of_them():
        late = [asyncio.ensure_future(ask(batcher, ["x"], [large])) for _ in range(6)]
        await asyncio.sleep(0)
        small = [await ask(batcher, ["x"], [pixels(i)]) for i in range(3)]
        at_work = len(decoding)
        may_decode.set()
        return small, at_work, await asyncio.gather(*late)

    small, at_work, late = asyncio.run(all_of_them())
    assert [answer[0, 0] for answer in small] == [0, 1, 2]
    assert at_work <= 1
    assert len(late) == len(decoding) == 6


class ByHand:
    """A pool of which the test does the work itself."""

    def __init__(self) -> None:
        self.jobs: dict[str, Callable[[], None]] = {}

    def submit(self, work: Callable[..., None], pixels: int, job: Callable[[], None]) -> None:
        self.jobs[job.__name__] = partial(work, pixels, job)

    def finish(self, name: str) -> None:
        self.jobs.pop(name)()


def test_large_pictures_are_at_work_as_far_as_their_pixels_have_room_and_in_turn() -> None:
    hand = ByHand()
    line = LargeLine(hand, most=100)  # type: ignore[arg-type]

    def job(name: str, error: type[Exception] | None = None) -> Callable[[], None]:
        def work() -> None:
            if error is not None:
                raise error

        work.__name__ = name
        return work

    for name, pixels in (("a", 60), ("b", 40), ("c", 70), ("d", 26), ("e", 400), ("f", 30)):
        line.submit(pixels, job(name, MemoryError if name == "b" else None))
    assert [*hand.jobs] == ["a", "b"]
    with pytest.raises(MemoryError):
        hand.finish("b")  # its room is free again; 70 need more
    assert [*hand.jobs] == ["a"]
    hand.finish("a")
    assert [*hand.jobs] == ["c", "d"]
    hand.finish("c")
    hand.finish("d")
    assert [*hand.jobs] == ["e"]  # alone, though it has more than the bound
    hand.finish("e")
    assert [*hand.jobs] == ["f"]
    assert [pixels for pixels in (25, 26) if line.is_large(pixels)] == [26]


def test_how_many_pixels_a_picture_has_is_known_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded: list[ImageFile.ImageFile] = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)
    reader = Batcher(Echo(), None, Limits(), slots=1).reader  # type: ignore[arg-type]
    large = picture(size=(700, 300))
    assert reader.count_pixels([large, b"no picture", pixels(1)]) == 210_004
    assert not decoded


def quick(pool, network: Echo, most: int = 64) -> Batcher:
    batcher = Batcher(network, pool, Limits(batch=most), slots=1)
    batcher.learn_speed(QUICK_S)
    network.go_on.set()
    return batcher


def test_small_pictures_for_a_quick_network_are_answered_together_without_a_thread() -> None:
    network = Echo()
    batcher = quick(None, network)
    good = picture(size=(2, 2))
    answers = asked(batcher, network, [[pixels(i)] for i in range(20)] + [[good[:40]], [good]])
    assert [answer[0, 0] for answer in answers[:20]] == list(range(20))
    assert [type(answer) for answer in answers[20:]] == [Unreadable, np.ndarray]
    assert network.sizes == [21]


def test_the_loop_stands_still_for_a_bounded_batch_alone() -> None:
    network = Echo()
    batcher = quick(None, network, most=7)
    answers = asked(batcher, network, [[pixels(i), pixels(i)] for i in range(10)])
    assert [answer[0, 0] for answer in answers] == list(range(10))
    assert network.sizes == [6, 6, 6, 2]


def test_what_is_not_small_or_not_quick_is_left_to_threads(pool) -> None:
    threads = []

    class Where(Echo):
        def predict(self, inputs: np.ndarray) -> np.ndarray:
            threads.append(threading.current_thread() is threading.main_thread())
            return super().predict(inputs)

    network = Where()
    batcher = quick(pool, network)
    assert len(asked(batcher, network, [[np.zeros((400, 400, 1), np.uint8)]])[0]) == 1
    asked(batcher, network, [[picture(size=(400, 400))]])
    asked(batcher, network, [[pixels(1)]])
    batcher.learn_speed(0.01)
    asked(batcher, network, [[pixels(1)]])
    assert threads == [False, False, True, False]


def test_the_loop_takes_a_bounded_number_of_pixels_in_one_turn(pool) -> None:
    network = Echo()
    small = np.full((256, 512, 1), 9, np.uint8)  # 131,072 pixels, the most of a small one
    batcher = quick(pool, network, most=64)
    answers = asked(batcher, network, [[small]] * 7 + [[small, small], [small]])
    assert [len(answer) for answer in answers] == [1] * 7 + [2, 1]
    assert sorted(network.sizes) == [2, 8]  # two of one request would have been the ninth


def test_small_pictures_do_not_wait_for_a_thread_that_is_at_the_network(pool) -> None:
    """They join the line then: the loop itself never waits for a network that another asks."""
    network = Echo()
    batcher = quick(pool, network)
    network.go_on.clear()
    answers = asked(
        batcher, network, [[np.full((400, 400, 1), 9, np.uint8)], [pixels(1)], [pixels(2)]]
    )
    assert [answer[0, 0] for answer in answers] == [9, 1, 2]
    assert network.sizes == [1, 2]


def test_who_waits_too_long_is_told(pool) -> None:
    network = Echo()
    batcher = Batcher(network, pool, Limits(batch=1, wait_s=0.01), slots=1)

    async def waiting():
        tasks = [asyncio.ensure_future(ask(batcher, ["x"], [pixels(i)])) for i in range(2)]
        said = await asyncio.gather(*tasks, return_exceptions=True)
        network.go_on.set()
        return said

    assert [type(one) for one in asyncio.run(waiting())] == [TimeoutError, TimeoutError]
