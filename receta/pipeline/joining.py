"""How do the processes of one training find each other, and act as one? With JAX alone.

The only backend with which Keras trains in several processes (LOG.md).
"""

from __future__ import annotations

from typing import Any

from receta.core.errors import RunError
from receta.pipeline import backend


def join(address: str, rank: int, of: int) -> int:
    """Meet the other processes; the number of devices of this one.

    address: HOST:PORT where the first process waits. To be called before anything is computed.
    Raises RunError where JAX does not see all: each would train alone, and nothing would tell.
    """
    backend.prefer("jax")
    import keras

    keras.distribution.initialize(address, of, rank)
    import jax

    if jax.process_count() != of:
        raise RunError(
            f"JAX sees {jax.process_count()} of {of} processes; expected all. Look whether "
            f"{address} can be reached from every machine."
        )
    backend.start()
    return len(jax.local_devices())


def share_data() -> None:
    """Let what is built from now on be trained by all processes, each with its part of a batch.

    After `backend.forget`, which forgets this too.
    """
    import keras

    everybody = keras.distribution.DataParallel(auto_shard_dataset=False)
    keras.distribution.set_distribution(everybody)


def refuse_alone(network: Any, of: int) -> None:
    """RunError where the weights of a network do not lie on the devices of all processes."""
    lies = {device.process_index for device in network.weights[0].value.sharding.device_set}
    if len(lies) != of:
        raise RunError(
            f"the weights lie in {len(lies)} of {of} processes; expected all, else each trains "
            "alone. Train with --workers 1."
        )
