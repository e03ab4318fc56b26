"""Is the backend chosen, set up and told as it should be?"""

from __future__ import annotations

import os
import subprocess
import sys

SAY = "from receta.pipeline import backend; print(backend.start(%d).to_json())"


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, **environment})


def test_the_recorded_thread_count_is_the_one_in_force() -> None:
    script = SAY % 1 + "; import tensorflow as tf; print(tf.config.threading.get_intra_op_parallelism_threads())"
    said = run(script)
    assert "'threads': 1" in said.stdout
    assert said.stdout.splitlines()[-1] == "1"
    assert said.stderr == ""  # its start-up chatter is held back


def test_no_backend_names_the_line_that_installs_one() -> None:
    script = "import importlib.util as u; u.find_spec = lambda name: None\nfrom receta.pipeline import backend\ntry: backend.start()\n" \
             "except Exception as error: print(type(error).__name__, error)"  # fmt: skip
    said = run(script, KERAS_BACKEND="")
    assert "MissingExtra no backend is installed" in said.stdout
    assert "pip install 'receta[tensorflow]'" in said.stdout


def test_a_backend_that_was_asked_for_and_is_missing_is_named() -> None:
    script = "from receta.pipeline import backend\ntry: backend.start()\nexcept Exception as error: print(error)"
    hidden = "import importlib.util as u; was = u.find_spec; u.find_spec = lambda n: None if n == 'torch' else was(n)\n"
    said = run(hidden + script, KERAS_BACKEND="torch")
    assert "KERAS_BACKEND=torch is not installed" in said.stdout
    assert "receta[torch]" in said.stdout


def test_determinism_is_on() -> None:
    said = run(SAY % 0 + "; from tensorflow.python.framework import config; print(config.is_op_determinism_enabled())")
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
