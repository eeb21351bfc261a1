"""The static twin: the room's pages as plain files, which a browser opens from disk, without a server.

::

    made = export(room, Path("twin"), languages=("sv", "en"))
    for fault in made.faults:
        print(fault.address, fault.what)
"""

from urval.reading_room.static_twin.export import Fault, Made, export

__all__ = ["Fault", "Made", "export"]
