"""What does a rung hold? The contract of this shelf, looked at when an entry is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from receta.core.recipe import Recipe
from receta.core.registry import optional
from receta.core.spec import Spec
from receta.data.examples import Examples

if TYPE_CHECKING:
    import keras

    from receta.pixels import Pixels


class Rung(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the next simpler rung, '' for the first"]
    ORIGIN: Annotated[str, "what it is and where it comes from, in one line"]
    KINDS: Annotated[tuple[str, ...], "kinds of data that it is for"] = ("images",)
    DEFAULTS: Annotated[Mapping[str, Any], "settings of the recipe that it brings with it"] = {}
    DEFAULTS_FOR_MANY: Annotated[Mapping[str, Any], "the same, for many training examples"] = {}
    DEFAULTS_OF_KIND: Annotated[
        Mapping[str, Mapping[str, Any]], "the same, for examples of one kind"
    ] = {}
    SPACE: Annotated[
        Mapping[str, Any], "what a search tries of its settings, in the words of a space.toml"
    ] = {
        "learning_rate": {"low": 3e-4, "high": 3e-2, "log": True},
        "batch_size": {"low": 16, "high": 128, "log": True},
        "dropout": {"low": 0.0, "high": 0.6, "step": 0.05},
        "weight_decay": {"low": 1e-5, "high": 0.3, "log": True},
    }
    TRAINS: Annotated[bool, "whether it learns by gradients"] = True
    SOLVES: Annotated[
        tuple[str, ...], "kinds of data for which `begin` finds all weights, and no step follows"
    ] = ()
    BEGINS_WELL: Annotated[
        tuple[str, ...], "kinds of data for which `begin` comes near its best weights at once"
    ] = ()
    TRAINING: Annotated[
        Literal["whole", "transfer"], "'whole', or 'transfer' of features learnt elsewhere"
    ] = "whole"
    SHARE: Annotated[float, "its weight when a budget of time is divided"] = 1.0
    SHARE_OF_KIND: Annotated[Mapping[str, float], "the same, for examples of one kind"] = {}
    HEAD_SPREAD: Annotated[float, "how far the weights of its last layer spread, of the usual"] = (
        1.0
    )
    PARAMETER: Annotated[str, "what may stand behind its name and a colon, '' for nothing"] = ""

    def __call__(self, specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
        """A fresh network from raw inputs to features; the parameter is a third argument."""

    @optional
    def begin(self, network: keras.Model, train: Examples, recipe: Recipe) -> None:
        """Set those weights of its network that the training part tells without a gradient."""

    @optional
    def known(self, parameter: str) -> None:
        """UnknownName unless there is such a parameter."""

    @optional
    def size(self, parameter: str, recipe: Recipe, pixels: Pixels) -> tuple[int, int]:
        """(height, width) in pixels that it wants to see."""
        return pixels.size
