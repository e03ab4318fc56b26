"""Which weights of words and pairs are best for one layer, found at once and not by steps?

A logistic regression on TF-IDF, as the layers of `kinds.word_layers.weigh` compute it: convex, with
a penalty. Each class is told from all others, by liblinear: as right as all together by L-BFGS, in
a fifth of the time (LOG.md, 2026-12-01). L-BFGS is for values, and where that time is over.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
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
_THREADS = 1  # they wait for each other by spinning: of two, each class took 30 times as long
_SURE = 10.0  # score of an answer that all texts have, or none
_HELD_BY = 2  # texts, that a pair must stand in to weigh anything
_FEWEST_STEPS, _MOST_STEPS = 25, 100
_WORK = 4e9  # operations of one search, by which its steps are chosen: some ten seconds
_MOST_HELD_OUT = 2_000  # texts by which the penalty is chosen
_SHARE = 0.25  # of a budget, that a search takes at most: 10 s alone were 165 beside others
_UNITS = {"scale": 1.0, "offset": 0.0}  # of values, by the last layer
_AT_ONCE = 4096  # texts whose words are looked at together
_found: dict[Any, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}  # of the last training part


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


def find_rarity(numbers: np.ndarray, spec: Spec) -> np.ndarray:
    """(vocabulary + buckets,) what each word and pair weighs, as TF-IDF has it: 0 for none.

    numbers: (n, length) of the training texts. A pair of one text alone is learnt by heart.
    """
    held = np.zeros(len(spec.vocabulary) + word_layers.find_buckets(spec))
    for _, columns in _columns(numbers, spec):
        ordered = np.sort(columns, axis=1)
        first = np.diff(ordered, axis=1, prepend=-1) > 0  # once a text
        held += np.bincount(ordered[first], minlength=len(held))
    weights = 1 + np.log((1 + len(numbers)) / (1 + held))
    pairs = np.arange(len(held)) >= len(spec.vocabulary)
    if (held[pairs] >= _HELD_BY).sum() > 1:
        weights[pairs & (held < _HELD_BY)] = 0.0
    weights[[0, len(spec.vocabulary)]] = 0.0
    return weights


def find_features(numbers: np.ndarray, spec: Spec, weights: np.ndarray) -> Any:
    """Sparse (n, vocabulary + buckets): TF-IDF of texts as numbers of words (n, length)."""
    from scipy import sparse

    found = [sparse.csr_matrix((0, len(weights)))]
    for some, columns in _columns(numbers, spec):
        values = weights[columns]
        values /= np.maximum(np.sqrt((values**2).sum(axis=1, keepdims=True)), 1e-12)
        rows = np.broadcast_to(np.arange(len(some))[:, None], columns.shape)
        there = values > 0
        shape = (len(some), len(weights))
        found.append(sparse.csr_matrix((values[there], (rows[there], columns[there])), shape))
    return sparse.vstack(found, format="csr")


def _columns(numbers: np.ndarray, spec: Spec) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Some texts, and the columns of all their words and pairs; those of none are 0 in each."""
    first, second = word_layers.halves(spec)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        both = first[some[:, :-1]] + second[some[:, 1:]]
        pairs = len(spec.vocabulary) + np.where(some[:, 1:] > 0, both, 0)
        yield some, np.concatenate([some, pairs], axis=1)


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
        rarity = find_rarity(train.values, spec)
        features = find_features(train.values, spec, rarity)
        _found[about] = (*_search(train, features, outputs, *units, deadline=deadline), rarity)
    _set(network, *_found[about])


def _descend(said: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half of the squares of the errors of values, and what is said."""
    return ((said - wanted) ** 2).sum(axis=1) / 2, said


def _search(
    train: Examples,
    features: Any,
    outputs: int,
    scale: np.ndarray,
    offset: np.ndarray,
    *,
    deadline: Deadline,
) -> tuple[np.ndarray, np.ndarray]:
    """(kernel, bias) of the penalty that suits a part of the training texts which is held out."""
    task = tasks.of(train.task)
    wanted = (
        task.spread_out(train.targets, outputs, 0.0)
        if task.IS_COUNTED
        else (train.targets.reshape(len(train), -1) - offset) / scale
    )
    descend = task.descend if task.IS_COUNTED else _descend
    judge = tasks.of("labels").descend if task.IS_COUNTED else _descend
    order = rng(0, "held out").permutation(len(train))
    some = order[: max(1, min(_MOST_HELD_OUT, len(order) // 5))]
    rest = np.setdiff1d(order, some)
    flat, best, chosen = None, np.inf, STRENGTHS[0]
    for strength in STRENGTHS if len(rest) else ():
        if deadline.seconds_left() < deadline.seconds / 2:
            break  # the other half is for all texts together
        until = deadline.share(0.5)
        flat = (
            _tell_each(features[rest], wanted[rest], strength, deadline=until)
            if task.IS_COUNTED
            else _minimize(
                features[rest], wanted[rest], descend, strength, start=flat, deadline=until
            )
        )
        if flat is None:
            break
        kernel, bias = _unfold(flat, outputs)
        each, _ = judge(features[some] @ kernel + bias, wanted[some])
        if float(each.mean()) >= best:
            break
        best, chosen = float(each.mean()), strength
    if task.IS_COUNTED:
        told = _tell_each(features, wanted, chosen, deadline=deadline.share(0.5))
        if told is not None:  # of two classes each says the same: once for both is enough
            return _unfold(told / 2 if outputs == 2 and task.IS_EXCLUSIVE else told, outputs)
    last = _minimize(features, wanted, descend, chosen, start=flat, deadline=deadline)
    return _unfold(last, outputs)


def _tell_each(
    features: Any, wanted: np.ndarray, strength: float, *, deadline: Deadline
) -> np.ndarray | None:
    """Kernel and bias, flat, of a logistic regression for each output; None without the time."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    found = np.zeros((features.shape[1] + 1, wanted.shape[1]))
    for output in range(wanted.shape[1]):
        if deadline.is_over():
            return None
        has_it = wanted[:, output] > 0.5
        if has_it.all() or not has_it.any():
            found[-1, output] = _SURE if has_it.all() else -_SURE
            continue
        model = LogisticRegression(C=strength, solver="liblinear")
        with warnings.catch_warnings(), threadpool_limits(_THREADS):
            warnings.simplefilter("ignore")  # that it has not converged
            model.fit(features, has_it)
        found[:-1, output], found[-1, output] = model.coef_[0], model.intercept_[0]
    return found.ravel()


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
    from threadpoolctl import threadpool_limits

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
    with threadpool_limits(_THREADS):
        found = minimize(
            loss, start, jac=True, method="L-BFGS-B", options=options, callback=stop_in_time
        )
    return np.asarray(found.x, np.float64)


def _unfold(flat: np.ndarray, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    return flat[:-outputs].reshape(-1, outputs), flat[-outputs:]


def _set(network: keras.Model, kernel: np.ndarray, bias: np.ndarray, rarity: np.ndarray) -> None:
    """The kernel (words and pairs, outputs), as embeddings and a last layer that names classes.

    rarity (words and pairs,): what each of them weighs.
    """
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
    by_name["rare_word"].set_weights([rarity[:size, None]])
    by_name["rare_pair"].set_weights([rarity[size:, None]])
    pairs.set_weights([embedded[size:]])
    last.set_weights([spread, bias])
