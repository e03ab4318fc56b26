"""Which shape has each JSON file of a run? What is read is judged by it, whoever wrote it."""

from __future__ import annotations

from typing import Any

from receta.core import rhythm, scale
from receta.core.shapes import Between

_SIDE = Between(int, 1, 65536)
_SHARE = Between(float, 0, 1)
_NAMES = [str]

_VALIDATIONS = ("validation_accuracy?", "validation_rmse?", "validation_mase?")

FINDING = {
    "check": str,
    "verdict": {"ok", "warn", "fail"},
    "measured": (float, None),
    "unit": str,
    "expected": str,
    "where?": str,
    "ids?": _NAMES,
    "pairs?": [[str, str]],
    "advice?": str,
    "shown?": Any,
    "facts?": {
        "column?": str,
        "decimal?": str,
        "unit?": str,
        "reasons?": {str: str},
        "labels?": {str: [str, float]},
        "spellings?": {str: str},
        "groups?": [str],
        "augmentation?": str,
        "strength?": float,
        "left_out?": bool,
        "images_per_second?": float,
        "right?": _SHARE,
    },
    "judged?": bool,
    "mended?": bool,
}
FINDINGS = [FINDING]

COLUMN = {
    "name": str,
    "kind": {"number", "category", "date"},
    "vocabulary?": _NAMES,
    "mean?": float,
    "spread?": float,
    "middle?": float,
    "reach?": float,
    "edges?": [float],
    "has_missing?": bool,
    "has_other?": bool,
    "seconds?": float,
    "span?": float,
}
SPEC = {
    "name": str,
    "shape": [_SIDE],
    "dtype": str,
    "meaning": str,
    "vocabulary?": _NAMES,
    "fields?": _NAMES,
    "mean?": [float],
    "spread?": [float],
    "target?": str,
    "rhythm?": rhythm.SHAPE,
    "columns?": [COLUMN],
}
RUN = {
    "format": Between(int, 0, 10**6),
    "receta?": str,
    "created": str,
    "command": str,
    "asked?": [str],
    "forced?": bool,
    "sealed?": bool,
    "backend?": str,
    "data": {
        "class_names": _NAMES,
        "fingerprint": str,
        "n?": Between(int, 0, 2**48),
        "source?": str,
        "name?": str,
        "task?": {"classes", "labels", "values", "quantiles"},
        "split?": str,
        "test?": (str, None),
        "options?": {str: (str, int, float, bool, None, [int], [str])},
    },
    "input": {
        "shape": [_SIDE],
        "fit?": {"stretch", "crop", "pad"},
        "scale?": scale.SHAPE,
        "specs?": [SPEC],
    },
    "machine": {"threads": Between(int, 0, 4096), "backend?": str},
}

RUNG = {
    "rung": str,
    "state": {"trained", "stopped", "skipped"},
    "why": str,
    "findings": FINDINGS,
    "wall_s?": float,
    "after_s?": float,
    "validation_accuracy?": _SHARE,
    "validation_rmse?": float,
    "validation_mase?": float,
    "validation_loss?": float,
    "train_accuracy?": _SHARE,
    "train_rmse?": float,
    "train_mase?": float,
    "train_loss?": float,
    "seconds?": float,
    "parameters?": int,
    "flops?": (int, float, None),
    "images_per_second?": float,
    "epochs_run?": int,
    "best_epoch?": int,
    "precision?": str,
    "yardstick?": bool,
    "chosen_by?": {str: float},
    "input_shape?": [_SIDE],
    "recipe?": {str: Any},
}
TRAINED = {
    "validation_loss": float,
    "epochs_run": int,
    "seconds": float,
}

_LOSS_AND_ECE = {"loss": float, "ece": float}
_CALIBRATED = {"temperature": float, "views": str, "times": Between(int, 1, 100)}
ABSTENTION = ({"max_error": float, "kept": bool, "bound": float, "n": int}, None)
CALIBRATION = {
    **_CALIBRATED,
    "rung?": str,
    "n": int,
    "before": _LOSS_AND_ECE,
    "after": _LOSS_AND_ECE,
    "tried": [{str: Any}],
    "sure_from?": Between(float, 0, 2),
    "thresholds?": ([float], None),
    "margins?": ([float], None),
    "widened?": ([float], None),
    "abstention?": ABSTENTION,
}
DECISION = {"class_names": _NAMES, "costs": [[float]], "factors": [float]}

_INTERVAL = [float, float]
_ORDER = {"class": str, "area": float, "interval": _INTERVAL, "chance": float, "points": [[float]]}
SCORES = {
    "kind?": str,
    "measure?": str,
    "value?": float,
    "accuracy?": _SHARE,
    "rmse?": float,
    "mae?": float,
    "r2?": float,
    "median_ae?": float,
    "intervals?": {str: _INTERVAL},
    "roc?": _ORDER,
    "pr?": _ORDER,
    "coverage_80?": _SHARE,
    "coverage_80_interval?": _INTERVAL,
    "width_80?": float,
    **dict.fromkeys(("mase?", "rmsse?", "smape?", "pinball?", "width_95?"), float),
    "coverage_95?": _SHARE,
    "blind?": float,
    "interval": _INTERVAL,
    "n": int,
    "ece?": float,
    "loss": float,
    "rung?": str,
    "balanced_accuracy?": float,
    "baselines?": {str: float},
    "better?": {
        "rung": str,
        "called": str,
        "is_network?": bool,
        "value": float,
        "network": str,
        "network_value": float,
    },
    "verdict?": str,
    "calibrated?": {**_CALIBRATED, "before": {"accuracy?": float, "loss": float, "ece?": float}},
    "sure?": (
        {"coverage": float, "error": (float, None), "interval": (_INTERVAL, None), "from?": float},
        None,
    ),
    "abstention?": ABSTENTION,
    "none?": (
        {
            "from": float,
            "kept": _SHARE,
            "refused": _SHARE,
            "interval": _INTERVAL,
            "n": int,
            "n_validation": int,
        },
        None,
    ),
    "decision?": {"cost": float, "cost_of_likeliest": float, "threshold": (float, None)},
    "per_class?": [
        {
            "class": str,
            "n": int,
            "precision": (float, None),
            "recall": (float, None),
            "f1": (float, None),
            "average_precision?": (float, None),
            "threshold?": float,
        }
    ],
    "top_confusions?": [{"truth": str, "predicted": str, "n": int}],
    "mean_average_precision?": float,
    "chance?": float,
    "f1_micro?": float,
    "f1_macro?": float,
    "exact_match?": float,
}

_GONE = [{"id": str, "reason": str}]
RESULT = {
    "run": str,
    "best": ({"rung": str, **dict.fromkeys(_VALIDATIONS, float)}, None),
    "test": (SCORES, None),
    "rungs": [
        {
            "rung": str,
            "state": str,
            "validation_accuracy?": float,
            "validation_rmse?": float,
            "validation_mase?": float,
            "parameters?": int,
            "flops?": (int, float, None),
            "seconds?": float,
            "images_per_second?": float,
        }
    ],
    "findings": FINDINGS,
    "quarantined": _GONE,
    "left_out?": _GONE,
    "seconds": float,
    "hurried?": str,
}

SPLIT = {"how": str, "train": _NAMES, "validation": _NAMES, "test": _NAMES}
DATA = {str: str}
PLAN = {
    "rung": str,
    "epochs": Between(int, 0, 10**6),
    "patience": Between(int, 0, 10**6),
    "precision": {"float32", "mixed_bfloat16"},
    "why": str,
    "images_per_second": float,
    "limit_s": (float, None),
}
DECISIONS = {
    "learning_rate?": {"suggested": Between(float, 1e-9, 100)},
    "image_size?": [_SIDE, _SIDE],
    "examples?": Between(int, 0, 2**48),
    "augment?": {"augment": _SHARE},
    "recipe?": {str: Any},
    "given?": [str],
    "plan?": PLAN,
    "fine_tune?": {
        "fine_tune": (Between(int, 0, 10_000), {"all"}),
        "why": str,
        "images_per_second?": float,
    },
    "pace?": [[int, int]],
}
CLOCK = {"earlier_s": float, "began": float}
