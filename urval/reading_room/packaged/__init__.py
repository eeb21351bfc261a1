"""A package as its page tells it: rules in words, chain, seal, files, and whether everybody says the same of it."""

from urval.reading_room.packaged.agreement import Disagreement, disagreements
from urval.reading_room.packaged.chain import ChainLink, chain_of
from urval.reading_room.packaged.contents import FileLine, FilesOf, files_of
from urval.reading_room.packaged.rules import RuleLine, Rules, rules_of
from urval.reading_room.packaged.seal import SealLine, seal_of

__all__ = [
    "ChainLink",
    "Disagreement",
    "FileLine",
    "FilesOf",
    "RuleLine",
    "Rules",
    "SealLine",
    "chain_of",
    "disagreements",
    "files_of",
    "rules_of",
    "seal_of",
]
