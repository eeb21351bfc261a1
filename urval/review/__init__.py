"""The review between *proposed* and *packaged*: what a person sees, changes, attaches, and approves. Pure.

::

    state = review_state(events)                    # the ledger's events in, where the newest proposal stands out
    proposal = propose(subject, state)              # the selection with the changes in it, and its digest
    event = approve(events, proposal, actor=actor)  # the ledger's next event, or one sentence why not
"""

from urval.review.acts import (
    Actor,
    approve,
    attach,
    change,
    correct,
    require_approved,
    require_looked,
    send_back,
    supplement,
)
from urval.review.attachment import ENDINGS, attachment_of
from urval.review.proposal import Proposal, Subject, proposal_sha256, propose, selection_sha256
from urval.review.state import ADD, ATTACH, OPEN, REMOVE, RUN, Given, ReviewState, net_changes, person, review_state
from urval.review.wording import one_line
from urval.review.words import told_change

__all__ = [
    "ADD",
    "ATTACH",
    "ENDINGS",
    "OPEN",
    "REMOVE",
    "RUN",
    "Actor",
    "Given",
    "Proposal",
    "ReviewState",
    "Subject",
    "approve",
    "attach",
    "attachment_of",
    "change",
    "correct",
    "net_changes",
    "one_line",
    "person",
    "proposal_sha256",
    "propose",
    "require_approved",
    "require_looked",
    "review_state",
    "selection_sha256",
    "send_back",
    "supplement",
    "told_change",
]
