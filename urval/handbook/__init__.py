"""Archive specs in plain Swedish or English: the handbook page, and what a change of the rules means. Pure.

::

    page = handbook(spec, "sv")           # sections of sentences, each with its sources
    terminal_text(page), html_page(page)  # as a terminal and a browser show it
    changes(old, new)                     # field by field
    effect(old, new, account, …)          # which threads would come and go
"""

from urval.handbook.changes import Change, FieldChange, changes
from urval.handbook.effects import Effect, effect, effect_lines
from urval.handbook.handbook import handbook
from urval.handbook.html import html_page
from urval.handbook.page import Block, Language, Page, Reference, Section, Sentence
from urval.handbook.terminal import WIDTH, terminal_text, wrapped
from urval.handbook.words import Words

__all__ = [
    "WIDTH",
    "Block",
    "Change",
    "Effect",
    "FieldChange",
    "Language",
    "Page",
    "Reference",
    "Section",
    "Sentence",
    "Words",
    "changes",
    "effect",
    "effect_lines",
    "handbook",
    "html_page",
    "terminal_text",
    "wrapped",
]
