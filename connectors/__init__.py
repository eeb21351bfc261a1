"""Platform connectors: one file a platform, one gate to the network, one loop that runs them all.

A connector is data plus pure mapping (``facebook.py``, ``wordpress.py``). ``_walk`` runs a declared connector through
the gate (``_gate``, and ``_http`` below it) and yields :data:`urval.source.Item`; ``_registry`` knows which there are.
"""

from connectors._gate import Gate
from connectors._limits import GateSettings
from connectors._registry import CONNECTORS, open_source
from connectors._warc import WarcFile

__all__ = ["CONNECTORS", "Gate", "GateSettings", "WarcFile", "open_source"]
