"""Prefect flows: order, retries, schedule, concurrency. The work itself is in ``urval`` and ``connectors``."""
