"""How do several processes train one network together? The door `fit_together`.

Each takes its share of every batch, and JAX adds their gradients up: the weights are those of one
process, to rounding. It pays where each process has a machine or a GPU of its own.
"""

from __future__ import annotations

from receta.training.together.launching import Learnt, fit_together, refuse_impossible

__all__ = ["Learnt", "fit_together", "refuse_impossible"]
