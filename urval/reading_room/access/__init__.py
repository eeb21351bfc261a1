"""Access: who a visitor is, what the role allows, and the log of what was looked at and done."""

from urval.reading_room.access.roles import Role, Visitor

__all__ = ["Role", "Visitor"]
