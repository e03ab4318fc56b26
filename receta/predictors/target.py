"""What does a target of export hold? The contract of the shelf `receta.exporters`.

A network is the inference function alone: uint8 pixels in, probabilities out, dropout and
augmentation off. Of somebody's own file it takes what that takes; where it has several inputs or
outputs, a runtime takes or gives a list in the model's order. Nothing is imported before it is
needed, and `opened` imports no Keras unless the target is Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

from receta.core.registry import optional


class Target(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the target that it is listed after, '' for the first"]
    ABOUT: Annotated[str, "what it is for, in one line"]
    FILE: Annotated[str, "the name of the file that holds the network"]
    EXTRA: Annotated[str, "the optional packages that it needs: pip install 'receta[EXTRA]'"]
    NEEDS: Annotated[tuple[str, ...], "the modules that must be there to write and reopen it"]
    BACKENDS: Annotated[tuple[str, ...], "the backends of Keras that can write it"]
    VARIANTS: Annotated[
        Mapping[str, str], "smaller or other forms: name -> one line; `--to litert:int8`"
    ] = {}
    LOSSY: Annotated[
        tuple[str, ...], "the forms ('' is the plain one) judged by accuracy, not by 1e-4"
    ] = ()
    NOTE: Annotated[str, "what the manual adds to ABOUT"] = ""
    CODE: Annotated[str, "what a bundle may run, so that a stranger's needs --trust"] = ""
    judging: Annotated[
        Callable[[Path, int], Callable[[Any], Any]] | None,
        "a function (folder, width) -> runtime that gives a pair: (n, classes), and the features "
        "(n, width) that the last layer takes; without it a bundle cannot say of a picture that "
        "it is none of the classes",
    ] = None

    def __call__(self, model: Any, folder: Path, about: dict[str, Any]) -> None:
        """Write `folder / FILE`; `about` is what is known of the model, for formats that carry it.

        about["inputs"] and about["outputs"] are their names, in order; about["likeness"] is what
        pictures are compared with. Arguments that it may declare: variant; rows(n), at most n
        training examples to calibrate on; parts(), the validation and the test part in batches;
        featured, the network with its features as a second output.
        """

    def opened(self, folder: Path) -> Callable[[Any], Any]:
        """Reopen it in the target's own runtime: a function from uint8 pixels
        (n, height, width, channels) to (n, classes) float32.
        """

    @optional
    def code(self, folder: Path) -> str:
        """CODE where it depends on the file: '' for one of plain layers."""
        return self.CODE

    @optional
    def ready(self) -> None:
        """MissingExtra where something else that it needs is not there."""
