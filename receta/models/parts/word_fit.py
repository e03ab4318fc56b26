"""Which weights of words and pairs are best for one layer, found at once and not by steps?

A logistic regression on TF-IDF, as the layers of `kinds.word_layers.weigh` compute it: convex, with
a penalty, by L-BFGS. The network begins there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import tasks
from receta.core.deadline import NEVER, Deadline
from receta.core.seeds import rng
from receta.core.spec import Spec
from receta.data.examples import Examples
from receta.kinds import word_layers

if TYPE_CHECKING:
    import keras

STRENGTHS = (3.0, 10.0, 30.0, 100.0)  # C of scikit-learn, from a strong penalty to a weak one
_FEWEST_STEPS, _MOST_STEPS = 25, 100
_WORK = 4e9  # operations of one search, by which its steps are chosen: some ten seconds
_MOST_HELD_OUT = 2_000  # texts by which the penalty is chosen
_SHARE = 0.25  # of a budget, that a search takes at most: 10 s alone were 165 beside others
_UNITS = {"scale": 1.0, "offset": 0.0}  # of values, by the last layer
_AT_ONCE = 4096  # texts whose words are looked at together
_found: dict[Any, tuple[np.ndarray, np.ndarray]] = {}  # of the last training part


def weighs_words(network: keras.Model) -> bool:
    """Whether a network sums up words as TF-IDF does."""
    return any(layer.name == "tf_idf" for layer in network.layers)


def word_weights(network: keras.Model) -> np.ndarray | None:
    """(vocabulary, outputs): what each word adds to each answer; None of other networks."""
    if not weighs_words(network):
        return None
    by_name = {layer.name: layer for layer in network.layers}
    last = next(layer for layer in reversed(network.layers) if hasattr(layer, "kernel"))
    return np.asarray(by_name["word"].get_weights()[0] @ np.asarray(last.kernel))


def find_features(numbers: np.ndarray, spec: Spec) -> Any:
    """Sparse (n, vocabulary + buckets): TF-IDF of texts as numbers of words (n, length)."""
    from scipy import sparse

    first, second = word_layers.halves(spec)
    words, pairs = word_layers.rarity(spec)
    weights, size = np.concatenate([words, pairs]), len(words)
    found = []
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        both = first[some[:, :-1]] + second[some[:, 1:]]
        columns = np.concatenate([some, size + np.where(some[:, 1:] > 0, both, 0)], axis=1)
        values = weights[columns]
        values /= np.maximum(np.sqrt((values**2).sum(axis=1, keepdims=True)), 1e-12)
        rows = np.broadcast_to(np.arange(len(some))[:, None], columns.shape)
        there = values > 0
        shape = (len(some), len(weights))
        found.append(sparse.csr_matrix((values[there], (rows[there], columns[there])), shape))
    return sparse.vstack(found, format="csr")


def solve(network: keras.Model, train: Examples, budget_s: float) -> None:
    """Set the weights of a network of one layer to the best ones for the training part.

    budget_s: of the whole run, 0 for no limit; where it is short, the last steps are left out.
    """
    deadline = Deadline(_SHARE * budget_s) if budget_s else NEVER
    spec, outputs = train.inputs.specs[0], network.output_shape[-1]
    about = (train.fingerprint, spec.vocabulary, train.rows.tobytes(), outputs)
    if about not in _found:  # a network is built several times: for its probe, and as it leaves
        _found.clear()
        last = network.layers[-1]
        units = (np.array(getattr(last, name, value)) for name, value in _UNITS.items())
        _found[about] = _search(train, spec, outputs, *units, deadline=deadline)
    _set(network, *_found[about])


def _descend(said: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half of the squares of the errors of values, and what is said."""
    return ((said - wanted) ** 2).sum(axis=1) / 2, said


def _search(
    train: Examples,
    spec: Spec,
    outputs: int,
    scale: np.ndarray,
    offset: np.ndarray,
    *,
    deadline: Deadline,
) -> tuple[np.ndarray, np.ndarray]:
    """(kernel, bias) of the penalty that suits a part of the training texts which is held out."""
    task, features = tasks.of(train.task), find_features(train.values, spec)
    wanted = (
        task.spread_out(train.targets, outputs, 0.0)
        if task.IS_COUNTED
        else (train.targets.reshape(len(train), -1) - offset) / scale
    )
    descend = task.descend if task.IS_COUNTED else _descend
    order = rng(0, "held out").permutation(len(train))
    some = order[: max(1, min(_MOST_HELD_OUT, len(order) // 5))]
    rest = np.setdiff1d(order, some)
    flat, best, chosen = None, np.inf, STRENGTHS[0]
    for strength in STRENGTHS if len(rest) else ():
        if deadline.seconds_left() < deadline.seconds / 2:
            break  # the other half is for all texts together
        flat = _minimize(
            features[rest],
            wanted[rest],
            descend,
            strength,
            start=flat,
            deadline=deadline.share(0.5),
        )
        kernel, bias = _unfold(flat, outputs)
        each, _ = descend(features[some] @ kernel + bias, wanted[some])
        if float(each.mean()) >= best:
            break
        best, chosen = float(each.mean()), strength
    last = _minimize(features, wanted, descend, chosen, start=flat, deadline=deadline)
    return _unfold(last, outputs)


def _minimize(
    features: Any,
    wanted: np.ndarray,
    descend: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    strength: float,
    *,
    start: np.ndarray | None,
    deadline: Deadline,
) -> np.ndarray:
    """Kernel and bias, flat, of the lowest penalised loss; start: where it begins."""
    from scipy.optimize import minimize

    (n, width), outputs = features.shape, wanted.shape[1]
    if start is None:
        start = np.zeros((width + 1) * outputs)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        kernel, bias = _unfold(flat, outputs)
        each, said = descend(features @ kernel + bias, wanted)
        slope = (said - wanted) / n
        by_kernel = features.T @ slope + kernel / (strength * n)
        value = float(each.sum(dtype=np.float64)) / n + (kernel**2).sum() / (2 * strength * n)
        return value, np.concatenate([by_kernel.ravel(), slope.sum(axis=0)])

    def stop_in_time(_: np.ndarray) -> None:
        if deadline.is_over():
            raise StopIteration

    a_step = outputs * (4.0 * features.nnz + 40.0 * width)
    steps = int(np.clip(_WORK / a_step, _FEWEST_STEPS, _MOST_STEPS))
    options = {"maxiter": steps, "gtol": 1e-6, "ftol": 1e-6}
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options=options, callback=stop_in_time
    )
    return np.asarray(found.x, np.float64)


def _unfold(flat: np.ndarray, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    return flat[:-outputs].reshape(-1, outputs), flat[-outputs:]


def _set(network: keras.Model, kernel: np.ndarray, bias: np.ndarray) -> None:
    """The kernel (words and pairs, outputs), as embeddings and a last layer that names classes."""
    by_name = {layer.name: layer for layer in network.layers}
    words, pairs = by_name["word"], by_name["two_words"]
    last = next(layer for layer in reversed(network.layers) if hasattr(layer, "kernel"))
    width, outputs = last.kernel.shape
    if outputs <= width:
        embedded = np.zeros((len(kernel), width))
        embedded[:, :outputs] = kernel
        spread = np.eye(width, outputs)
    else:  # the nearest of as many directions as there are
        _, _, directions = np.linalg.svd(kernel.T @ kernel)
        spread = directions[:width]
        embedded = kernel @ spread.T
    size = words.input_dim
    words.set_weights([embedded[:size]])
    pairs.set_weights([embedded[size:]])
    last.set_weights([spread, bias])
