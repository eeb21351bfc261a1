"""Urval archives a public body's own social media accounts.

The core package: the common model, archive specs, periods, captures, selection, packages, verification and the store.
It knows no orchestration engine and no HTTP client; those live in ``flows`` and ``connectors``.
"""

__version__ = "0.1.0"
