"""What is counted, for Prometheus. Each application has its own registry: two in one process do not meet."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the histogram of answers' times: a digit takes one millisecond, a page a second."""


class Metrics:
    """The counters of one application.

    Attributes:
        digits: that the digit network was asked for alone.
        files: that were read, by outcome: `read`, `refused`, `crashed`, `took_too_long`, `failed`.
        pages: that were read.
        jobs: files that are read, or wait for it, now.
        workers: processes that are ready to read, or read, now.
        corrections: that were kept.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "digits_http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "digits_http_request_seconds", "Seconds to answer", ["route"], buckets=SECONDS, registry=self.registry
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.digits = Counter("digits_classified", "Digits classified alone", registry=self.registry)
        self.files = Counter("digits_files", "Files that were to be read", ["outcome"], registry=self.registry)
        self.pages = Counter("digits_pages", "Pages read", registry=self.registry)
        self.jobs = Gauge("digits_jobs", "Files being read, or waiting for it", registry=self.registry)
        self.workers = Gauge("digits_workers", "Processes that can read", registry=self.registry)
        self.corrections = Counter("digits_corrections", "Corrections kept", registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        known = self._known.get((method, route, status))
        if known is None:  # asking for labels takes longer than counting
            known = self._requests.labels(method, route, status), self._seconds.labels(route)
            self._known[method, route, status] = known
        known[0].inc()
        known[1].observe(seconds)
