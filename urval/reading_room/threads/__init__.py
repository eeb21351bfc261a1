"""A thread as a page tells it: its rows, the tree of its comments, earlier wordings as differences, its raw objects."""

from urval.reading_room.threads.differences import Piece, differences
from urval.reading_room.threads.plain import plain_text
from urval.reading_room.threads.raw import raw_object
from urval.reading_room.threads.rows import COMMENTS_A_PAGE, CommentRows, comment_rows, post_row
from urval.reading_room.threads.tree import Node, ordered

__all__ = [
    "COMMENTS_A_PAGE",
    "CommentRows",
    "Node",
    "Piece",
    "comment_rows",
    "differences",
    "ordered",
    "plain_text",
    "post_row",
    "raw_object",
]
