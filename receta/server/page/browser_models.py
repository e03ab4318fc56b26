"""Where are the files with which a browser runs a served model, and what is the page told of it?"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from receta.core.errors import RecetaError
from receta.exporters.page import live_page
from receta.predictors import MANIFEST, Bundle

# of the page, beside /, /assets/ and /tfjs/
OPEN = ("/page.json", "/icon.svg", "/page.webmanifest", "/licences.txt")
EXAMPLES = "examples.json"
_FOR_BROWSERS = ("web", "tfjs")  # targets, the one that has examples first
# of bundles of one network
_SAME = ("class_names", "inputs", "fit", "judged_on", "n", "reference_accuracy")


def describe_model(name: str, predictor: Any) -> dict[str, Any]:
    """What the page must know of a model besides its classes: fit, and where its files are."""
    bundle, at = for_browsers(predictor), f"models/{quote(name, safe='')}"
    inside = "" if bundle is None else _model_in(bundle)
    shown = hasattr(predictor, "predict_rows") or (bundle is not None and EXAMPLES in bundle.files)
    return {
        "title": _title(predictor) or name,
        "fit": getattr(predictor, "fit", "stretch"),
        "web": None if bundle is None else f"{at}/web/{inside}",
        "examples": f"{at}/{EXAMPLES}" if shown else None,
    }


def _title(predictor: Any) -> str:
    """What it was trained on, as far as a bundle or a run tells."""
    if isinstance(predictor, Bundle):
        return predictor.data_name
    told = getattr(predictor, "about", None)
    return live_page.title_of(told["data"].get("name", "")) if isinstance(told, dict) else ""


def for_browsers(predictor: Any) -> Bundle | None:
    """The bundle with which browsers run a model: itself, or one beside it of the same network."""
    if getattr(predictor, "target", "") in _FOR_BROWSERS:
        return predictor if isinstance(predictor, Bundle) else None
    folder = getattr(predictor, "folder", None)
    if folder is None:
        return None
    is_bundle = isinstance(predictor, Bundle)
    beside = Path(folder).resolve().parent if is_bundle else Path(folder) / "exports"
    found = [
        bundle
        for path in sorted(beside.glob(f"*/{MANIFEST}"))
        if (bundle := _open(path.parent)) and bundle.target in _FOR_BROWSERS
    ]
    of_it = [
        bundle
        for bundle in found
        if (_same(bundle, predictor) if is_bundle else _of_run(bundle, predictor))
    ]
    return min(
        of_it,
        key=lambda bundle: (bool(bundle.variant), _FOR_BROWSERS.index(bundle.target)),
        default=None,
    )


def _open(folder: Path) -> Bundle | None:
    try:
        bundle = Bundle.open(folder)
    except (RecetaError, OSError):
        return None
    return (
        bundle if any(PurePosixPath(name).name == "model.json" for name in bundle.files) else None
    )


def _same(one: Bundle, other: Bundle) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _SAME)


def _of_run(bundle: Bundle, run: Any) -> bool:
    """Whether a bundle in a run's folder is of the network that the run has now."""
    try:
        newer = (bundle.folder / MANIFEST).stat().st_mtime >= (
            run.folder / "model.keras"
        ).stat().st_mtime
    except OSError:  # one of them goes at this moment
        return False
    return newer and bundle.class_names == run.class_names


def _model_in(bundle: Bundle) -> str:
    """The folder of model.json in it, with a slash."""
    within = str(
        PurePosixPath(
            next(name for name in bundle.files if PurePosixPath(name).name == "model.json")
        ).parent
    )
    return "" if within == "." else f"{within}/"
