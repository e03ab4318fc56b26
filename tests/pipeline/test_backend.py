"""Is the backend chosen, set up and told as it should be?"""

from __future__ import annotations

import os
import subprocess
import sys

SAY = "from receta.pipeline import backend; print(backend.start(%d).to_json())"


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_the_recorded_thread_count_is_the_one_in_force() -> None:
    script = (
        SAY % 1
        + "; import tensorflow as tf; print(tf.config.threading.get_intra_op_parallelism_threads())"
    )
    said = run(script)
    assert "'threads': 1" in said.stdout
    assert said.stdout.splitlines()[-1] == "1"
    assert said.stderr == ""  # its start-up chatter is held back


def test_no_backend_names_the_line_that_installs_one() -> None:
    script = (
        "import importlib.util as u; u.find_spec = lambda name: None\nfrom receta.pipeline "
        "import backend\ntry: backend.start()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = run(script, KERAS_BACKEND="")
    assert "MissingExtra no backend is installed" in said.stdout
    assert "pip install 'receta[tensorflow]'" in said.stdout


def test_a_backend_that_was_asked_for_and_is_missing_is_named() -> None:
    script = (
        "from receta.pipeline import backend\ntry: backend.start()\nexcept Exception as "
        "error: print(error)"
    )
    hidden = (
        "import importlib.util as u; was = u.find_spec; u.find_spec = lambda n: None if n "
        "== 'torch' else was(n)\n"
    )
    said = run(hidden + script, KERAS_BACKEND="torch")
    assert "KERAS_BACKEND=torch is not installed" in said.stdout
    assert "receta[torch]" in said.stdout


def test_determinism_is_on() -> None:
    said = run(
        SAY % 0 + "; from tensorflow.python.framework import config; "
        "print(config.is_op_determinism_enabled())"
    )
    assert said.stdout.splitlines()[-1] == "True"


def test_forgetting_keeps_the_number_format_in_force() -> None:
    import keras

    from receta.pipeline import backend

    backend.start()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        backend.forget(1)
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        assert keras.layers.Dense(2).compute_dtype == "bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")


CHOOSE = """
from receta.pipeline import backend
backend.list_installed = lambda: {installed!r}
backend.gpu_seen = lambda: {gpu!r}
backend._jax_for_cuda = lambda: {cuda!r}
print(backend._choose(), "|", backend.why())
"""


def chosen(installed: tuple[str, ...], *, gpu: bool, cuda: bool, **environment: str) -> str:
    said = run(
        CHOOSE.format(installed=installed, gpu=gpu, cuda=cuda),
        **{"KERAS_BACKEND": "", **environment},
    )
    assert not said.stderr
    return said.stdout.strip()


def test_jax_is_chosen_for_a_gpu_and_tensorflow_for_a_processor() -> None:
    every = ("tensorflow", "jax", "torch")
    assert chosen(every, gpu=True, cuda=True) == "jax | jax, because there is a GPU"
    assert chosen(every, gpu=False, cuda=True).startswith(
        "tensorflow | tensorflow, the first of tensorflow, jax, torch"
    )
    assert "pip install 'receta[gpu]'" in chosen(every, gpu=True, cuda=False)
    assert chosen(("jax", "torch"), gpu=False, cuda=False).startswith("jax | jax, the first")
    assert (
        chosen(every, gpu=True, cuda=True, KERAS_BACKEND="torch")
        == "torch | torch, as KERAS_BACKEND says"
    )


def test_a_gpu_that_is_hidden_is_not_seen() -> None:
    said = run(
        "from receta.pipeline import backend; print(backend.gpu_seen())", CUDA_VISIBLE_DEVICES="-1"
    )
    assert said.stdout.strip() == "False"


def test_a_recipe_chooses_the_backend_before_keras_is_loaded_and_not_after() -> None:
    script = (
        "import sys, types\nfrom receta.pipeline import backend\nbackend.list_installed = lambda: "
        "('tensorflow', 'jax')\n"
        "backend.prefer('jax'); print(backend._choose(), '|', backend.why())\n"
        "sys.modules['keras'] = "
        "types.SimpleNamespace(config=types.SimpleNamespace(backend=lambda: 'jax'))\n"
        "for name in ('jax', 'tensorflow', 'torch'):\n"
        "    try: backend.prefer(name)\n    except Exception as error: "
        "print(type(error).__name__, error)"
    )
    first, late, missing = run(script, KERAS_BACKEND="").stdout.splitlines()
    assert first == "jax | jax, as the recipe says"
    assert late.startswith(
        "RecipeError backend=tensorflow comes too late: Keras computes with jax in this process "
        "already"
    )
    assert missing.startswith("MissingExtra the backend torch is not installed")
