"""Which settings does a run have, what may each be, and how are they read and written?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pydantic
from pydantic import Field, field_validator

from receta.core import augmentations, disk, outside
from receta.core.errors import RecipeError
from receta.core.registry import nearest

_PLAIN_COST = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_MOST_BYTES, _MOST_DOTS = 2**20, 20  # of a recipe's file, of one of its keys
_MOST_NAMES = 10_000  # of one setting
_MOST_SHOWN = 100  # characters of a value in an error


class Recipe(pydantic.BaseModel):
    """All settings of a run: flat, frozen, each with bounds, unit and help.

    A rung has defaults of its own (its file says which); what the user sets wins
    over them.

    >>> Recipe(epochs=5).epochs
    5
    >>> Recipe(epoch=5)
    Traceback (most recent call last):
    ...
    receta.core.errors.RecipeError: epoch=5 is no setting; expected one of the recipe's. Did you
    mean 'epochs'?
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", validate_default=True)

    rungs: tuple[str, ...] = Field(
        ("prior", "linear", "mlp", "cnn"),
        min_length=1,
        description="models to climb, from simple to complex; separated by commas",
    )
    image_size: tuple[int, int] | None = Field(
        None,
        description="height x width that the network sees, in pixels; auto keeps one common size "
        "up to 64, "
        "else the median side, at most 96",
    )
    channels: Literal[1, 3] | None = Field(
        None, description="1 grey or 3 colour; auto takes it from the data"
    )
    fit: Literal["stretch", "crop", "pad"] = Field(
        "stretch", description="how a picture of another shape is brought to the image size"
    )
    validation_share: float = Field(
        0.15,
        gt=0,
        le=0.5,
        description="share of the examples that choose the model; 5,000 at most where it is not "
        "set",
    )
    test_share: float = Field(
        0.15,
        gt=0,
        le=0.5,
        description="share that is looked at once, at the end; 5,000 at most where it is not set",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="all random choices follow from it")
    epochs: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="passes over the training part, at most; auto shows 300,000 pictures in 12 "
        "to 40 passes",
    )
    batch_size: int = Field(64, ge=1, le=65_536, description="examples a step")
    learning_rate: float = Field(
        1e-3,
        ge=0,
        le=10,
        description="step size of the optimizer at its highest; auto (or 0) finds one for each "
        "rung in seconds",
    )
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = Field(
        "adamw",
        description="rule that turns gradients into steps; sgd is with Nesterov's momentum of 0.9",
    )
    accumulate: int = Field(
        1,
        ge=1,
        le=1024,
        description="batches whose gradients are averaged into one step of the optimizer",
    )
    schedule: Literal["cosine", "linear", "plateau", "constant"] = Field(
        "cosine",
        description="learning rate over time: all but constant rise first; cosine and linear "
        "fall to 0 "
        "just where the training ends; plateau falls when validation gets no better",
    )
    warm_up: float = Field(
        0.05, ge=0, lt=1, description="share of the training in which the rate rises to its highest"
    )
    plateau_factor: float = Field(
        0.2, gt=0, lt=1, description="what the rate is multiplied by on a plateau"
    )
    plateau_patience: int = Field(
        5, ge=1, le=10_000, description="epochs without better validation that are a plateau"
    )
    weight_decay: float = Field(
        1e-4,
        ge=0,
        le=1,
        description="decoupled decay of adamw and sgd, per step and times the rate",
    )
    l1: float = Field(
        0.0,
        ge=0,
        le=1,
        description="L1 penalty on the weights of dense layers and convolutions; with l2 both",
    )
    l2: float = Field(
        0.0, ge=0, le=1, description="L2 penalty on the weights of dense layers and convolutions"
    )
    dropout: float = Field(
        0.2, ge=0, lt=1, description="share of units silenced in a training step"
    )
    stochastic_depth: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of the pictures for which the last residual block is left out in a "
        "training step; "
        "earlier blocks less",
    )
    normalization: Literal["batch", "layer", "group", "none"] = Field(
        "batch", description="what is brought to mean 0 and spread 1 between convolutions"
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="share of the target spread over all classes"
    )
    augment: float = Field(
        0.0,
        ge=0,
        le=1,
        description="strength of the random variation of training pictures; 0 is none; what is "
        "not set is the "
        "rung's own, such as 0.4 of the cnn",
    )
    augmentations: tuple[str, ...] = Field(
        ("auto",),
        description="how training pictures are varied, separated by commas; auto is those of "
        f"{', '.join(augmentations.AUTO)} that a probe finds to keep labels",
    )
    imbalance: Literal[
        "none",
        "class_weights",
        "oversample",
        "undersample",
        "both",
        "balanced_batches",
        "smote",
        "adasyn",
        "smote_enn",
        "smote_tomek",
    ] = Field(
        "none",
        description="how rare classes are made to count in training; `receta look DATA "
        "--imbalance` shows what each does",
    )
    costs: tuple[str, ...] = Field(
        (),
        description="what mistakes cost, as truth>answer=cost, separated by commas; those not "
        "named cost 1; "
        "the answer is then the one of the least cost on validation data",
    )
    max_error: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="share of wrong answers among sure ones that may not be passed; answers "
        "below the threshold "
        "that follows are not sure; auto is sure from 0.5 on",
    )
    tta: Literal["none", "mirror", "shift", "auto"] = Field(
        "none",
        description="test-time augmentation: the mean over views of a picture answers, if that "
        "lowers the validation loss; "
        "mirror takes 2 times as long to predict, shift 5 times, auto tries both and both "
        "together (10 times)",
    )
    patience: int | None = Field(
        None,
        ge=0,
        le=10_000,
        description="epochs without better validation before the training is brought to its end; "
        "0 never does; "
        "auto is a quarter of the epochs, at least 8",
    )
    stop_at: float = Field(
        0.0,
        ge=0,
        le=1,
        description="validation accuracy at which the training of a rung ends at once; 0 never "
        "does",
    )
    tensorboard: bool = Field(
        False, description="write event files for TensorBoard, in rungs/NAME/tensorboard of the run"
    )
    precision: Literal["auto", "float32", "mixed_bfloat16"] = Field(
        "auto",
        description="number format of the arithmetic; auto is bfloat16 where the processor has "
        "it and the network gains by it",
    )
    backend: Literal["auto", "tensorflow", "jax", "torch"] = Field(
        "auto",
        description="what computes; auto is JAX where it finds a GPU, else the first installed, "
        "TensorFlow before JAX and PyTorch",
    )
    threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="processor threads; 0 takes all; results depend on it to the last bit",
    )
    budget_s: float = Field(
        0.0, ge=0, le=1e7, description="time for the whole work in seconds, 0 without limit"
    )

    weights: str = Field(
        "imagenet",
        min_length=1,
        description="what a pretrained rung knows already: imagenet (installed for "
        "EfficientNetLite0, downloaded by Keras for others), "
        "random (nothing) or a file of weights",
    )
    fine_tune: Literal["all"] | Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        None,
        description="topmost layers of a pretrained rung that are trained after its head; 0 none, "
        "auto all of them where the head alone leaves much to gain",
    )

    if not TYPE_CHECKING:

        def __init__(self, /, **settings: Any) -> None:
            try:
                super().__init__(**settings)
            except pydantic.ValidationError as error:
                raise RecipeError(_in_one_line(error, settings)) from None
            except (TypeError, ValueError, RecursionError) as error:
                # lists within lists, numbers of 5,000 digits
                raise RecipeError(
                    f"a setting cannot be understood ({outside.tell_error(error)}); expected "
                    "texts, numbers or lists of texts. "
                    f"Mend the recipe or --set."
                ) from error

    @field_validator("rungs", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        value = (
            tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value
        )
        if isinstance(value, (list, tuple)) and len(set(map(str, _few(value)))) < len(value):
            raise ValueError("a rung is named twice")
        return value

    @field_validator("augmentations", mode="before")
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        value = (
            [part.strip() for part in value.split(",") if part.strip()]
            if isinstance(value, str)
            else value
        )
        if isinstance(value, (list, tuple)):
            value = () if list(value) == ["none"] else tuple(map(str, _few(value)))
            unknown = [name for name in value if name != "auto" and name not in augmentations.ABOUT]
            if unknown or len(set(value)) < len(value):
                raise ValueError("expected names of augmentations, each once")
        return value

    @field_validator("costs", mode="before")
    @classmethod
    def _split_costs(cls, value: Any) -> Any:
        value = (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )
        value = () if value in ("none", ("none",)) else value
        for one in _few(value) if isinstance(value, (list, tuple)) else ():
            names, equals, cost = str(one).rpartition("=")
            if not equals or ">" not in names or not _PLAIN_COST.fullmatch(cost.strip()):
                raise ValueError("expected truth>answer=cost")
        return value

    @field_validator("image_size", mode="before")
    @classmethod
    def _read_size(cls, value: Any) -> Any:
        if value is None or value == "auto":
            return None
        if isinstance(value, str):
            words = value.lower().split("x")
            if len(words) > 2 or not all(word.isdigit() for word in words):
                raise ValueError("expected pixels such as 28 or 28x40, or auto")
            value = [int(word) for word in words]
        if isinstance(value, int):
            value = [value]
        if (
            not isinstance(value, (list, tuple))
            or not 1 <= len(value) <= 2
            or not all(isinstance(side, int) for side in value)
        ):
            raise ValueError("expected whole pixels")
        sides = tuple(value) if len(value) == 2 else (value[0], value[0])
        if not all(4 <= side <= 2048 for side in sides):
            raise ValueError("expected 4 to 2048 pixels")
        return sides

    @field_validator("channels", "epochs", "patience", "fine_tune", "max_error", mode="before")
    @classmethod
    def _read_auto(cls, value: Any) -> Any:
        return None if value == "auto" else int(value) if value in ("1", "3") else value

    @field_validator("learning_rate", mode="before")
    @classmethod
    def _read_open_rate(cls, value: Any) -> Any:
        return 0.0 if value == "auto" else value

    def with_settings(self, **settings: Any) -> Recipe:
        """A copy with some settings changed, checked like new ones."""
        return Recipe(**{**self.model_dump(exclude_unset=True), **settings})

    def for_rung(self, defaults: dict[str, Any]) -> Recipe:
        """The recipe of one rung: its defaults where the user set nothing."""
        return Recipe(**{**defaults, **self.model_dump(exclude_unset=True)})

    def to_toml(self) -> str:
        """Text of a recipe.toml that holds every setting, with its help."""
        import tomli_w

        lines = ["# Settings of a receta run; `receta run DATA --recipe THIS_FILE` repeats them."]
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name not in self.model_fields_set:
                continue
            plain: Any = "auto" if value is None else value
            # names that hold commas (of classes, of files) stand in a list
            if isinstance(value, tuple):
                plain = list(value) if any("," in str(one) for one in value) else _shown(value)
            lines += [f"\n# {field.description}", tomli_w.dumps({name: plain}).strip()]
        rest = [name for name in type(self).model_fields if name not in self.model_fields_set]
        if rest:
            lines += ["\n# Left to each rung, or to these defaults:"]
            lines += [f"# {name} = {_shown(getattr(self, name))}" for name in rest]
        return "\n".join(lines) + "\n"


def read(path: Path | None, changes: Iterable[str] = ()) -> Recipe:
    """A recipe from a TOML file (or none) and `key=value` texts on top.

    Raises RecipeError for an unreadable file, an unknown key or a value out of bounds.
    """
    settings: dict[str, Any] = {}
    if path is not None:
        expected = "a TOML file with lines such as epochs = 20"
        with outside.reading(
            f"recipe {path}", expected, "Mend it, or name another one with --recipe.", RecipeError
        ):
            text = outside.read_file(path, _MOST_BYTES).decode("utf-8")
            # tomllib reads a key of many parts in the square of their number; a recipe is flat.
            if any(
                line.partition("=")[0].count(".") > _MOST_DOTS
                for line in text.split("\n")
                if not line.startswith("#")
            ):
                raise ValueError(f"a key has more than {_MOST_DOTS} parts")
            settings = tomllib.loads(text)
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise RecipeError(
                f"--set {_cut(change)} has no '='; expected key=value, such as --set epochs=20."
            )
        settings[name.strip()] = value.strip()
    return Recipe(**settings)


def write(recipe: Recipe, path: Path) -> None:
    """Write recipe.toml atomically."""
    disk.write_text(path, recipe.to_toml())


def bounds(name: str) -> str:
    """What a setting may be, in words generated from its declaration.

    >>> bounds("dropout")
    'a number >= 0 and < 1'
    """
    schema = Recipe.model_json_schema()["properties"][name]
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    chosen = options[0]
    if name == "fine_tune":
        return "a whole number of layers >= 0, all, or auto"
    if "enum" in chosen:
        words = " or ".join(str(value) for value in chosen["enum"])
    elif chosen.get("type") == "array" and name == "rungs":
        words = "names of rungs, each once, separated by commas"
    elif name == "weights":
        words = "imagenet, random, or a file such as backbone.weights.h5"
    elif name == "augmentations":
        words = f"auto, none, or names of {', '.join(augmentations.ABOUT)}"
    elif name == "costs":
        words = "truth>answer=cost with a cost >= 0, such as sick>healthy=20, separated by commas"
    elif chosen.get("type") == "array":
        words = "pixels such as 28 or 28x40, 4 to 2048 a side"
    elif chosen["type"] == "boolean":
        words = "true or false"
    else:
        words = "a whole number" if chosen["type"] == "integer" else "a number"
        signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
        limits = [f"{sign} {_plain(chosen[key])}" for key, sign in signs.items() if key in chosen]
        words = f"{words} {' and '.join(limits)}" if limits else words
    return f"{words}, or auto" if len(options) != len(schema.get("anyOf", [schema])) else words


def _few(names: list[Any] | tuple[Any, ...]) -> list[Any] | tuple[Any, ...]:
    if len(names) > _MOST_NAMES:
        raise ValueError(f"expected at most {_MOST_NAMES:,} names")
    return names


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def differences(old: Recipe, new: Recipe) -> list[str]:
    """Settings that differ, as `key: old -> new`."""
    return [
        f"{name}: {_shown(getattr(old, name))} -> {_shown(getattr(new, name))}"
        for name in Recipe.model_fields
        if getattr(old, name) != getattr(new, name)
    ]


def _shown(value: Any) -> str:
    if value is None:
        return "auto"
    if not isinstance(value, tuple):
        return str(value)
    return ("x" if value and isinstance(value[0], int) else ",").join(map(str, value)) or "none"


def _cut(value: Any) -> str:
    """A value as it is shown in an error: one of a megabyte is not."""
    if isinstance(value, int) and abs(value) > 2**64:
        return f"a number of {value.bit_length():,} bits"
    try:
        text = _shown(value)
    except (ValueError, RecursionError):  # lists of such numbers, or nested too deep
        text = f"a {type(value).__name__}"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _in_one_line(error: pydantic.ValidationError, settings: dict[str, Any]) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    value = settings.get(name)
    if first["type"] == "extra_forbidden":
        return (
            f"{name[:_MOST_SHOWN]}={_cut(value)} is no setting; expected one of the "
            f"recipe's.{nearest(name, Recipe.model_fields)}"
        )
    hint = ""
    if isinstance(value, str) and len(value) > _MOST_SHOWN:
        return (
            f"{name}={_cut(value)} is out of bounds; expected {bounds(name)}. Set it in the "
            "recipe or with --set."
        )
    if name == "augmentations" and isinstance(value, str):
        known = {*augmentations.ABOUT, "auto", "none"}  # these two stand alone
        unknown = [part.strip() for part in value.split(",") if part.strip() not in known]
        hint = nearest(unknown[0], augmentations.ABOUT) if unknown else ""
    if isinstance(value, str) and first["type"] == "literal_error":
        hint = nearest(
            value,
            str(first.get("ctx", {}).get("expected", ""))
            .replace("'", "")
            .replace(" or ", ", ")
            .split(", "),
        )
    return (
        f"{name}={_cut(value)} is out of bounds; expected {bounds(name)}.{hint} Set it in the "
        "recipe or with --set."
    )
