"""What the server counts, in Prometheus form. Knows nothing of who asked or what was asked."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from assistant.server.line import Line

MEDIA_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one server, in a registry of its own."""

    def __init__(self, line: Line) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self.questions = Counter(
            "assistant_questions",
            "Questions and searches, by how they came in and what became of them.",
            ("way", "outcome"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "assistant_question_seconds",
            "Seconds from joining the line to the complete answer.",
            ("way",),
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
            registry=self._registry,
        )
        self.requests = Counter(
            "assistant_http_requests",
            "HTTP requests by status class.",
            ("status",),
            registry=self._registry,
        )
        self.logins = Counter(
            "assistant_logins",
            "Passwords and tokens checked, by outcome.",
            ("outcome",),
            registry=self._registry,
        )
        for name, text, value in (
            ("assistant_line_waiting", "Questions that wait in line.", lambda: line.waiting),
            ("assistant_line_served", "Questions being answered.", lambda: line.served),
        ):
            Gauge(name, text, registry=self._registry).set_function(value)

    def written(self) -> bytes:
        """All of it as Prometheus reads it."""
        return generate_latest(self._registry)
