"""The reading room: where auditors browse and archivists review. Web pages over a store; nothing of it is ever changed.

::

    room = Room(open_store("archive", must_exist=True), RoomSettings(cache=…, access_log=…))
    app = create_app(room, visitor=Visitor(name="Alva", role=Role.AUDITOR, known_by="loopback"))
"""

from urval.reading_room.access import Role, Visitor
from urval.reading_room.app import create_app
from urval.reading_room.room import Room, RoomSettings
from urval.reading_room.services import Prover, Services

__all__ = ["Prover", "Role", "Room", "RoomSettings", "Services", "Visitor", "create_app"]
