"""What does the server tell Prometheus of itself?"""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_PICTURES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counters of one server; a worker that is started anew begins at 0."""

    kind = CONTENT_TYPE_LATEST

    def __init__(self, restarts: int = 0) -> None:
        self.busy = 0  # predictions under way
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "receta_requests", "Requests answered", ["protocol", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "receta_request_seconds",
            "From head to answer",
            ["protocol"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._pictures = Counter(
            "receta_pictures",
            "Pictures that went through a network",
            ["model"],
            registry=self._registry,
        )
        self._batches = Histogram(
            "receta_batch_pictures",
            "Pictures that went through together",
            ["model"],
            buckets=_PICTURES,
            registry=self._registry,
        )
        self.reloads = Counter(
            "receta_reloads", "Versions loaded while serving", ["outcome"], registry=self._registry
        )
        Gauge(
            "receta_requests_busy", "Predictions under way", registry=self._registry
        ).set_function(lambda: self.busy)
        Gauge(
            "receta_restarts", "Workers that died and were replaced", registry=self._registry
        ).set(restarts)
        self._found: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        ProcessCollector(registry=self._registry)

    def count_answer(self, protocol: str, status: int, seconds: float) -> None:
        """Count one answer."""
        if (protocol, status) not in self._found:  # looking them up costs more than counting
            self._found[protocol, status] = (
                self.requests.labels(protocol, status),
                self._seconds.labels(protocol),
            )
        counter, histogram = self._found[protocol, status]
        counter.inc()
        histogram.observe(seconds)

    def batch(self, model: str, n: int) -> None:
        """Count one batch."""
        self._pictures.labels(model).inc(n)
        self._batches.labels(model).observe(n)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
