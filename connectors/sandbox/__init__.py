"""Fake platforms on loopback, fed from one fictional city: for the demonstration and for the tests.

No part of a capture uses this package; the product speaks to it over HTTP as to the real platforms.
"""

from connectors.sandbox.answers import BLOG_HOST, CDN_HOST, GRAPH_HOST, HOSTS, OTHER_HOST
from connectors.sandbox.city import BLOG, LEADER, MAIN, PAGE_IDS, City
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.server import Call, Sandbox
from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost, Truth

__all__ = [
    "BLOG",
    "BLOG_HOST",
    "CDN_HOST",
    "GRAPH_HOST",
    "HOSTS",
    "LEADER",
    "MAIN",
    "OTHER_HOST",
    "PAGE_IDS",
    "Call",
    "City",
    "Fault",
    "FaultKind",
    "Sandbox",
    "TrueComment",
    "TrueMedium",
    "TruePost",
    "Truth",
]
