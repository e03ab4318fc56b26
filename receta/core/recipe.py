"""Which settings does a run have, and what may each be?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import pydantic
from pydantic import Field, field_validator

from receta.core import augmentations, outside, setting_values, setting_words
from receta.core.errors import RecipeError


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
    workers: int = Field(
        1,
        ge=1,
        le=1024,
        description="processes that train one network together, with JAX; each takes its share of "
        "every batch",
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
                raise RecipeError(setting_words.tell_error(error, settings, type(self))) from None
            except (TypeError, ValueError, RecursionError) as error:
                # lists within lists, numbers of 5,000 digits
                raise RecipeError(
                    f"a setting cannot be understood ({outside.tell_error(error)}); expected "
                    "texts, numbers or lists of texts. "
                    f"Mend the recipe or --set."
                ) from error

    _rungs = field_validator("rungs", mode="before")(setting_values.read_rungs)
    _augmentations = field_validator("augmentations", mode="before")(
        setting_values.read_augmentations
    )
    _costs = field_validator("costs", mode="before")(setting_values.read_costs)
    _size = field_validator("image_size", mode="before")(setting_values.read_size)

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


def bounds(name: str) -> str:
    """What a setting may be, in words generated from its declaration.

    >>> bounds("dropout")
    'a number >= 0 and < 1'
    """
    return setting_words.tell_bounds(name, Recipe)


def differences(old: Recipe, new: Recipe) -> list[str]:
    """Settings that differ, as `key: old -> new`."""
    spell = setting_words.spell
    return [
        f"{name}: {spell(getattr(old, name))} -> {spell(getattr(new, name))}"
        for name in Recipe.model_fields
        if getattr(old, name) != getattr(new, name)
    ]
