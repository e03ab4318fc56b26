"""How many pictures a second does receta serve, against what a course would write and against the limit?

One network, one run, JPEG files of its own data; each arm in a process of its own, in turns, three
rounds. `wrk` posts a picture as the body (a form to Flask, as its tutorials have it) for some
seconds at 1, 8 and 64 connections. (c) is no server: one loop that decodes the same bytes and asks
ONNX Runtime, one picture at a time, by itself.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import _table
from _peers import beside, python_with

SECONDS, ROUNDS, CONNECTIONS = 4, 3, (1, 8, 64)
Speed = tuple[float, float, float]  # requests/s, milliseconds that half and 99 % of them took

FLASK = textwrap.dedent("""
    import io, sys
    import numpy as np, keras
    from flask import Flask, jsonify, request
    from PIL import Image
    model = keras.models.load_model(sys.argv[1])
    height, width, channels = model.input_shape[1:]
    app = Flask(__name__)
    @app.get("/healthz")
    def healthz(): return "ok"
    @app.post("/predict")
    def predict():
        picture = Image.open(io.BytesIO(request.get_data())).convert("L" if channels == 1 else "RGB").resize((width, height))
        x = np.asarray(picture, "uint8").reshape(1, height, width, channels)
        said = model.predict(x, verbose=0)[0]
        return jsonify({"class": int(said.argmax()), "probabilities": said.tolist()})
    app.run(port=int(sys.argv[2]), threaded=True)
""")

FASTAPI = textwrap.dedent("""
    import io, sys
    import numpy as np, keras, tensorflow as tf, uvicorn
    from fastapi import FastAPI, Request
    from PIL import Image
    model = keras.models.load_model(sys.argv[1])
    height, width, channels = model.input_shape[1:]
    ask = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec((None, height, width, channels), tf.uint8)])
    app = FastAPI()
    @app.get("/healthz")
    def healthz(): return "ok"
    @app.post("/predict")
    async def predict(request: Request):
        picture = Image.open(io.BytesIO(await request.body())).convert("L" if channels == 1 else "RGB").resize((width, height))
        said = ask(np.asarray(picture, "uint8").reshape(1, height, width, channels)).numpy()[0]
        return {"class": int(said.argmax()), "probabilities": said.tolist()}
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
""")

# As its manual has it for a picture as the body ("Root input"); its batching takes lists of the
# client alone.
BENTOML = textwrap.dedent("""
    import os
    import bentoml, numpy as np, onnxruntime
    from PIL.Image import Image
    @bentoml.service(workers=1, traffic={"timeout": 60})
    class Network:
        def __init__(self):
            self.session = onnxruntime.InferenceSession(os.environ["NETWORK"], providers=["CPUExecutionProvider"])
            _, self.height, self.width, channels = self.session.get_inputs()[0].shape
            self.mode = "L" if channels == 1 else "RGB"
        @bentoml.api
        def predict(self, picture: Image, /) -> list[float]:
            x = np.asarray(picture.convert(self.mode).resize((self.width, self.height)), "uint8")
            return self.session.run(None, {"pixels": x.reshape(1, self.height, self.width, -1)})[0][0].tolist()
""")

RAW = textwrap.dedent("""
    import sys, time
    import onnxruntime
    from receta.data import image
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", sys.argv[3])
    session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    _, height, width, channels = session.get_inputs()[0].shape
    contents = [open(path, "rb").read() for path in sys.argv[4:]]
    taken, until = [], time.perf_counter() + float(sys.argv[2])
    while time.perf_counter() < until:
        began = time.perf_counter()
        pixels = image.decode(contents[len(taken) % len(contents)], (height, width), channels)
        session.run(None, {"pixels": pixels[None]})
        taken.append(time.perf_counter() - began)
    taken.sort()
    print(len(taken) / float(sys.argv[2]), taken[len(taken) // 2] * 1e3, taken[len(taken) * 99 // 100] * 1e3)
""")

LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "image/jpeg"
local bodies, at = {}, 0
for path in string.gmatch(os.getenv("BODIES"), "[^:]+") do
  local file = io.open(path, "rb"); bodies[#bodies + 1] = file:read("*a"); file:close()
end
request = function() at = at % #bodies + 1; return wrk.format(nil, nil, nil, bodies[at]) end
"""


def main() -> None:
    """Measure and write the table.

    A run's folder may be given, else one is trained on sign letters; with --digits on digits, which
    a smaller network names, and without the servers of others.
    """
    digits = "--digits" in sys.argv[1:]
    given = [word for word in sys.argv[1:] if word != "--digits"]
    if shutil.which("wrk") is None:
        print("wrk is not installed; this benchmark needs it: sudo apt-get install wrk")
        return
    flask = beside("flask", ("flask",)) if not digits else "not asked"
    fastapi = beside("fastapi", ("fastapi",)) if not digits else "not asked"
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        run = Path(given[0]) if given else _trained(place, digits=digits)
        subprocess.run(
            [*_receta(), "export", str(run), "--to", "onnx", "--out", str(place / "bundles")],
            check=True,
            capture_output=True,
        )
        bundle = place / "bundles" / "onnx"
        bodies = _bodies(bundle, place)
        (place / "post.lua").write_text(LUA)
        os.environ["BODIES"] = ":".join(map(str, bodies))
        arms: dict[str, tuple[list[str], str]] = {
            "receta serve": ([*_receta(), "serve", str(bundle), "--port"], "/v1/predict")
        }
        if isinstance(fastapi, Path):
            arms["(b) FastAPI + tf.function"] = (
                [sys.executable, "-c", FASTAPI, str(run / "model.keras")],
                "/predict",
            )
        if isinstance(flask, Path):
            arms["(a) Flask + model.predict"] = (
                [sys.executable, "-c", FLASK, str(run / "model.keras")],
                "/predict",
            )
        needed = ("bentoml", "onnxruntime", "pillow")
        bento = python_with("bentoml", needed) if not digits else "not asked"
        if isinstance(bento, Path):
            (place / "service.py").write_text(BENTOML)
            os.environ["NETWORK"] = str(bundle / "model.onnx")
            arms["BentoML + ONNX Runtime"] = (
                [
                    str(bento),
                    "-m",
                    "bentoml",
                    "serve",
                    "service:Network",
                    "--working-dir",
                    str(place),
                    "--port",
                ],
                "/predict",
            )
        measured: dict[tuple[str, int], list[Speed]] = {}
        limit: dict[int, list[Speed]] = {connections: [] for connections in CONNECTIONS}
        spin = max(("0", "1"), key=lambda spin: _raw(bundle, bodies, spin))
        for number in range(ROUNDS):
            for arm, (command, path) in arms.items():
                packages = flask if "Flask" in arm else fastapi if "FastAPI" in arm else None
                with _serving(command, packages) as port:
                    for connections in CONNECTIONS:
                        if arm == "receta serve":  # right before, as others may use the machine too
                            limit[connections].append(_raw(bundle, bodies, spin))
                            print(number, "(c) raw", limit[connections][-1], flush=True)
                        # Flask may need longer than the others' time for its first answers to 64 at
                        # once.
                        said = _wrk(
                            port,
                            path,
                            connections,
                            place / "post.lua",
                            SECONDS if "Flask" not in arm else 3 * SECONDS,
                        )
                        measured.setdefault((arm, connections), []).append(said)
                        print(number, arm, connections, said, flush=True)
        about = json.loads((run / "result.json").read_text())
    missing = {
        name: why
        for name, why in (("(a)", flask), ("(b)", fastapi), ("BentoML", bento))
        if isinstance(why, str)
    }
    _write("serving_digits" if digits else "serving", arms, measured, limit, (about, missing))


def _write(
    name: str,
    arms: Iterable[str],
    measured: dict[tuple[str, int], list[Speed]],
    limit: dict[int, list[Speed]],
    context: tuple[dict[str, Any], dict[str, str]],
) -> None:
    about, missing = context

    def middle(found: list[Speed]) -> list[float]:
        return [statistics.median(one[i] for one in found) for i in range(3)]

    def ratio(arm: str, connections: int) -> str:
        ratios = [
            ours[0] / raw[0]
            for ours, raw in zip(measured[arm, connections], limit[connections], strict=True)
        ]
        return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"

    alone = middle([one for found in limit.values() for one in found])
    rows: list[list[object]] = [
        ["(c) ONNX Runtime in a loop, no server", "", *(f"{one:.3g}" for one in alone), "1"]
    ]
    for arm in arms:
        rows += [
            [
                arm,
                connections,
                *(f"{one:.3g}" for one in middle(measured[arm, connections])),
                ratio(arm, connections),
            ]
            for connections in CONNECTIONS
        ]
    notes = [
        f"The median of {ROUNDS} rounds of {SECONDS} s each; ratios are of the same round, with "
        "the least and the most."
    ]
    for arm in arms:
        if arm != "receta serve":
            both = [
                list(zip(measured["receta serve", n], measured[arm, n], strict=True))
                for n in CONNECTIONS
            ]
            times = [
                statistics.median(
                    ours[0] / theirs[0] if theirs[0] else math.inf for ours, theirs in rounds
                )
                for rounds in both
            ]
            shown = ", ".join(
                f"{factor:.3g} at {n}" for factor, n in zip(times, CONNECTIONS, strict=True)
            )
            notes.append(
                f"receta : {arm} = {shown} connections (inf: not one answer in {3 * SECONDS} s)."
            )
    notes += [f"{arm} is missing: {why}." for arm, why in missing.items() if why != "not asked"]
    notes.append(
        f"The network: {about['best']['rung']} of {about['data']['n']} pictures, "
        f"{_parameters(about)} parameters."
    )
    notes.append(
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on "
        f"{len(os.sched_getaffinity(0))} processors (wrk takes some)."
    )
    _table.write(
        name,
        "Serving" if name == "serving" else "Serving a smaller network",
        (__doc__ or "").strip(),
        ["arm", "connections", "requests/s", "p50 ms", "p99 ms", "of the limit (c)"],
        rows,
        notes,
    )


def _parameters(about: dict[str, Any]) -> str:
    return f"{next(one['parameters'] for one in about['rungs'] if one['rung'] == about['best']['rung']):,}"


def _receta() -> list[str]:
    return [sys.executable, "-m", "receta"]


def _trained(place: Path, *, digits: bool = False) -> Path:
    real = None if digits else _table.real_data()
    data = (
        str(real / "sign-letters" / "sign_letters_28x28_test_hands_3_4.csv.gz")
        if real
        else "digits"
    )
    words = [
        "run",
        data,
        "--out",
        str(place / "run"),
        "--set",
        "rungs=cnn",
        "--set",
        "epochs=3",
        "--force",
    ]
    subprocess.run([*_receta(), *words], check=True, capture_output=True)
    return place / "run"


def _bodies(bundle: Path, place: Path) -> list[Path]:
    """Pictures of some other size than the network's, as a camera or a scanner sends them."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    paths = []
    for number, digit in enumerate(load_digits().images[:32]):
        small = Image.fromarray(np.round(digit * 255 / 16).astype(np.uint8))
        stream = io.BytesIO()
        small.resize((160, 120), Image.Resampling.BICUBIC).convert("RGB").save(
            stream, "JPEG", quality=85
        )
        paths.append(place / f"{number}.jpg")
        paths[-1].write_bytes(stream.getvalue())
    return paths


def _raw(bundle: Path, bodies: list[Path], spin: str) -> Speed:
    """The bare runtime; spin "1" is its own setting, "0" lets idle threads sleep, as receta does.

    The faster is taken.
    """
    words = [
        sys.executable,
        "-c",
        RAW,
        str(bundle / "model.onnx"),
        str(SECONDS),
        spin,
        *map(str, bodies),
    ]
    first, middle, last = map(
        float, subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    )
    return first, middle, last


@contextlib.contextmanager
def _serving(command: list[str], packages: Path | str | None = None) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    before = os.environ.get("PYTHONPATH", "")
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": os.pathsep.join(filter(None, [before, str(packages or "")])),
    }
    with subprocess.Popen(
        [*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            for _ in range(1200):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                    break
                if process.poll() is not None:
                    raise SystemExit(f"{command[:3]} ended with {process.returncode}")
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def _wrk(port: int, path: str, connections: int, script: Path, length: int) -> Speed:
    """What wrk finds; an error stops the benchmark."""
    for seconds in (1, length):  # the first to warm up
        words = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--timeout",
            "60s",
            "--latency",
            "-s",
            str(script),
            f"http://127.0.0.1:{port}{path}",
        ]
        text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    if wrong := re.search(r"(Non-2xx|Socket errors).*", text):
        raise SystemExit(f"{path} at {connections}: {wrong[0]}")
    units = {"us": 1e-3, "ms": 1.0, "s": 1e3}
    took = {
        share: float(value) * units[unit]
        for share, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)
    }
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), took["50"], took["99"]  # type: ignore[index]


if __name__ == "__main__":
    main()
