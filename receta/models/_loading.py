"""How is a network that was saved anywhere loaded, without running code that it brings along?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from receta.core.errors import InputError

if TYPE_CHECKING:
    import keras


def network(path: Path, *, trust: bool = False) -> keras.Model:
    """A network from a .keras file, for inference; Keras must have been started.

    trust: whether layers that are code of their own (Lambda) may be loaded. Raises
    InputError in one line that says what stands in the way.
    """
    import keras

    if not path.exists():
        raise InputError(f"{path} does not exist; expected a saved network (FILE.keras). Check the path.")
    try:
        loaded = keras.saving.load_model(path, compile=False, safe_mode=not trust)
    except Exception as error:  # Keras raises anything on a file that is none
        raise InputError(_why(path, error)) from error
    return loaded


def _why(path: Path, error: Exception) -> str:
    words = " ".join(str(error).split())
    if "Lambda" in words and "safe_mode" in words.lower().replace(" ", "_"):
        return (
            f"{path} holds a Lambda layer, which is code that would run here; expected plain layers. "
            f"Give --trust if you know where the file is from."
        )
    return (
        f"{path} cannot be loaded ({words[:200] or type(error).__name__}); expected a network that Keras 3 saved. "
        f"Where its code is at hand: build it there, load_weights, save it anew as .keras."
    )
