"""Turn labelled data into a neural network that can be trusted, and say why it can."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Where each public name lives; loaded when first asked for, so that `import receta` stays light.
_HOMES = {
    "Bundle": "receta.predictors",
    "Dataset": "receta.data.dataset",
    "Finding": "receta.core.finding",
    "Recipe": "receta.core.recipe",
    "RecetaError": "receta.core.errors",
    "Run": "receta.training",
    "Scores": "receta.evaluation",
    "Splits": "receta.data.dataset",
    "ablate": "receta.studies",
    "audit": "receta.audits",
    "check": "receta.checks",
    "clean": "receta.cleaning",
    "combine": "receta.studies.ensembles",
    "compare": "receta.studies.comparison",
    "convert": "receta.converting",
    "cross_validate": "receta.studies",
    "decode": "receta.pixels",
    "evaluate": "receta.evaluation",
    "export": "receta.exporters",
    "judge": "receta.report.ending",
    "load": "receta.sources",
    "predict": "receta.evaluation",
    "rate": "receta.training.rates",
    "run": "receta.journey",
    "serve": "receta.server",
    "split": "receta.splitting",
    "train": "receta.training",
    "tune": "receta.studies",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"receta has no {name}; expected one of {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
