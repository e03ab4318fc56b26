"""Which target is asked for, in which of its forms?"""

from __future__ import annotations

from typing import NamedTuple

from receta.predictors.target import Target


class Form(NamedTuple):
    """A target of the shelf with one of its variants; "" is the plain form."""

    module: Target
    target: str
    variant: str

    @property
    def name(self) -> str:
        """Target and variant, as `--to` takes them."""
        return f"{self.target}:{self.variant}" if self.variant else self.target

    @property
    def is_lossy(self) -> bool:
        """Whether it is judged by accuracy, not by 1e-4."""
        return self.variant in self.module.LOSSY
