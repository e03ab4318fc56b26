"""What does TensorBoard get to see of a training?

Event files are written without TensorFlow, so that every backend has them: figures,
weights as histograms, the graph of layers, the confusion matrix of the validation part,
and how the predictions on one fixed batch move.
"""

from __future__ import annotations

import io
import math
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from receta import tasks
from receta.training.lesson import Watched

_MOST_JUDGED = 2000  # validation examples in the confusion matrix
_CELL = 16  # pixels of a picture for one example or class, at least
_LARGEST = 640  # pixels of such a picture


class Board(keras.callbacks.Callback):
    """Writes event files into `folder`, an epoch at a time.

    bare: the network behind the augmentation. judged: validation batches.
    What an earlier process wrote after the epoch that is gone on with is struck out.
    """

    def __init__(self, folder: Path, bare: keras.Model, judged: Any, watched: Watched) -> None:
        super().__init__()
        self.folder, self.bare, self.judged, self.watched = folder, bare, judged, watched
        self.task = tasks.of(watched.task)
        self.dynamics: list[list[float]] = []  # an epoch's probabilities of the true classes
        self._writer: Any = None

    def get_state(self) -> dict[str, Any]:
        """What is drawn from earlier epochs."""
        return {"dynamics": self.dynamics}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on drawing where it stood."""
        self.dynamics = [list(map(float, row)) for row in state["dynamics"]]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Open the file, and strike out what stands there of this epoch and later."""
        if self._writer is not None:
            return
        from tensorboard.compat.proto import event_pb2
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._writer = EventFileWriter(str(self.folder))
        if epoch:
            start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
            self._add(epoch + 1, session_log=start)
        else:
            self._add(0, graph_def=_graph(self.bare).SerializeToString())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write all there is to say of the epoch."""
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        step = epoch + 1
        figures = {
            ("validation/" + name[4:] if name.startswith("val_") else "training/" + name): float(
                value
            )
            for name, value in (logs or {}).items()
        }
        figures["training/learning_rate"] = float(
            ops.convert_to_numpy(self.model.optimizer.learning_rate)
        )
        for name, value in figures.items():
            self._add(step, summary=scalar_pb(name, value))
        for weight in self.bare.weights:
            values = np.asarray(ops.convert_to_numpy(weight), np.float64)
            if np.isfinite(values).all():
                self._add(step, summary=histogram_pb(f"weights/{weight.path}", values))
        probabilities = np.asarray(
            ops.convert_to_numpy(self.bare.predict_on_batch(self.watched.inputs)), np.float64
        )
        mine = self.task.likelihood(probabilities, self.watched.truth)
        self.dynamics.append([round(float(value), 4) for value in mine])
        self._add(step, summary=histogram_pb("fixed_batch/probability_of_the_true_class", mine))
        about = (
            "Probability of the true class: one row an example, one column an epoch; white is 1."
        )
        self._add(step, summary=_picture("fixed_batch/by_epoch", np.array(self.dynamics).T, about))
        counts = self._confusion()
        if counts is None:
            self._writer.flush()
            return
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        names = ", ".join(self.watched.class_names[:40])
        about = (
            f"Rows are the true classes, columns the answers, in the order {names}; white is "
            "every example."
        )
        self._add(step, summary=_picture("validation/confusion", shares, about))
        self._writer.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _confusion(self) -> np.ndarray | None:
        """Counts of truth and answer on the validation part.

        None where no answer is taken for another.
        """
        counts = self.task.confusion(
            np.zeros((0, 1)), self.watched.truth[:0], len(self.watched.class_names)
        )
        if counts is None:
            return None
        seen = 0
        for index in range(len(self.judged)):
            inputs, targets = self.judged[index][:2]
            answers = np.asarray(ops.convert_to_numpy(self.bare.predict_on_batch(inputs)))
            found = self.task.confusion(answers, np.asarray(targets), len(self.watched.class_names))
            counts += 0 if found is None else found
            seen += len(inputs)
            if seen >= _MOST_JUDGED:
                break
        return counts

    def _add(self, step: int, **what: Any) -> None:
        from tensorboard.compat.proto import event_pb2

        self._writer.add_event(event_pb2.Event(wall_time=time.time(), step=step, **what))


def _picture(tag: str, shares: np.ndarray, about: str) -> Any:
    """A summary with shares 0..1 (rows, columns) as a grey picture of large cells."""
    from PIL import Image
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.image import metadata
    from tensorboard.util import tensor_util

    cell = max(1, min(_CELL, _LARGEST // max(shares.shape)))
    grey = np.round(np.nan_to_num(shares).clip(0, 1) * 255).astype(np.uint8)
    grey = grey.repeat(cell, axis=0).repeat(cell, axis=1)
    kept = io.BytesIO()
    Image.fromarray(grey).save(kept, "PNG")
    height, width = grey.shape
    encoded = tensor_util.make_tensor_proto(
        [str(width).encode(), str(height).encode(), kept.getvalue()]
    )
    value = summary_pb2.Summary.Value(
        tag=tag,
        tensor=encoded,
        metadata=metadata.create_summary_metadata(
            display_name=None, description=about, converted_to_tensor=True
        ),
    )
    return summary_pb2.Summary(value=[value])


def _graph(model: keras.Model) -> Any:
    """The layers as a graph: nested models are scopes, a node says its kind and its shapes."""
    from tensorboard.compat.proto import attr_value_pb2, graph_pb2, node_def_pb2, versions_pb2

    graph = graph_pb2.GraphDef(versions=versions_pb2.VersionDef(producer=22))

    def add(inner: Any, scope: str) -> None:
        by_depth = getattr(inner, "_nodes_by_depth", None) or {}
        for depth in sorted(by_depth, reverse=True):
            for node in by_depth[depth]:
                operation = node.operation
                name = f"{scope}{operation.name}"
                if any(known.name == name for known in graph.node):
                    continue
                sources = [
                    f"{scope}{tensor._keras_history.operation.name}"
                    for tensor in node.input_tensors
                ]
                shape = "; ".join(str(tuple(tensor.shape)) for tensor in node.outputs)
                text = {"shape": shape.encode()}
                if getattr(operation, "weights", None):
                    text["parameters"] = (
                        f"{sum(math.prod(weight.shape) for weight in operation.weights):,}".encode()
                    )
                graph.node.append(
                    node_def_pb2.NodeDef(
                        name=name,
                        op=type(operation).__name__,
                        input=sources,
                        attr={
                            key: attr_value_pb2.AttrValue(s=value) for key, value in text.items()
                        },
                    )
                )
                if isinstance(operation, keras.Model):
                    add(operation, f"{name}/")

    add(getattr(model, "_functional", None) or model, "")
    return graph
