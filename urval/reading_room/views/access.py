"""Signing in and out, and the access log."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from urval.reading_room.access import Role, Visitor
from urval.reading_room.access.addresses import inner_address
from urval.reading_room.access.chain import Broken, read_chain, read_entries
from urval.reading_room.access.oidc import OidcGate
from urval.reading_room.faults import NotHereError, PageError
from urval.reading_room.pages import AskedHere, Pages, View

pages = Pages()
log = logging.getLogger("urval.reading_room")
A_PAGE = 50
Next = Annotated[str, Query(alias="next", max_length=4000)]
Digest = Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")]


class LoginView(View):
    """The page for signing in. ``provider`` is the identity provider's address; ``wanted`` is where it leads."""

    provider: str
    wanted: str


class SignedOutView(View):
    """After signing out. ``provider`` is empty where the room has no login."""

    provider: str


class AccessLine(View):
    """One entry of the access log: who did what, when, and how the room knew who it was."""

    number: int
    at: datetime
    by: str
    role: str
    known_by: str
    act: str
    what: str
    torn: bool


class AccessBreak(View):
    """One place at which the chain is broken: the line in the file, and the number in its entry, both from 1."""

    how: Broken
    line: int
    entry: int


class AccessLogView(View):
    """The access log, newest first. ``head`` is the SHA-256 of the last entry; ``problems`` tell where it is broken.

    ``torn`` lines were cut off by a stop of the program, and told of. ``unfinished``: what stands at the end is no
    entry. ``noted_at`` is the entry whose digest is ``noted``.
    """

    entries: int
    matching: int
    page: int
    pages: int
    head: str | None
    whole: bool
    problems: list[AccessBreak]
    torn: int
    unfinished: bool
    noted: str
    noted_at: int | None
    by: str
    act: str
    acts: list[str]
    lines: list[AccessLine]


def gate_of(request: Request) -> OidcGate:
    """Return the gate at which visitors sign in.

    Raises:
        NotHereError: This room has none.
    """
    gate = request.app.state.gate
    if not isinstance(gate, OidcGate):
        raise NotHereError(
            "this reading room has no login of its own", next_step="Its pages are open to you as you are."
        )
    return gate


AskedGate = Annotated[OidcGate, Depends(gate_of)]


@pages.page("/login", name="login", template="login.html")
def login(_here: AskedHere, gate: AskedGate, wanted: Next = "/") -> LoginView:
    """Tell where to sign in."""
    return LoginView(provider=gate.provider.settings.issuer, wanted=inner_address(wanted))


@pages.get("/login/start", name="login_start", include_in_schema=False)
async def login_start(request: Request, gate: AskedGate, wanted: Next = "/") -> Response:
    """Send the browser to the identity provider."""
    return await gate.begin(request, wanted)


@pages.get("/callback", name="callback", include_in_schema=False)
async def callback(request: Request, here: AskedHere, gate: AskedGate) -> Response:
    """Take who comes back from the identity provider; begin a session under a new id."""
    try:
        came, wanted = await gate.finish(request)
        await run_in_threadpool(_log_of_staff, here, came.visitor, "login")
    except PageError as error:
        log.warning("a sign-in failed: %s", error.message)
        raise
    answer = RedirectResponse(wanted, status_code=303)
    gate.open_session(request, answer, came)
    return answer


@pages.post("/logout", name="logout", include_in_schema=False)
async def logout(request: Request, here: AskedHere, gate: AskedGate) -> Response:
    """End the session here, then at the identity provider where that is offered."""
    session = gate.session(request)
    await run_in_threadpool(_log_of_staff, here, here.visitor, "logout")
    back = f"{gate.public.origin}/signed-out"
    there = await gate.provider.sign_out(session.id_token, back) if session else None
    answer = RedirectResponse(there or "/signed-out", status_code=303)
    gate.end_session(request, answer)
    return answer


@pages.page("/signed-out", name="signed_out", template="signed_out.html")
def signed_out(_here: AskedHere, gate: AskedGate) -> SignedOutView:
    """Tell that the session has ended."""
    return SignedOutView(provider=gate.provider.settings.issuer)


@pages.page("/access-log", name="access_log", template="access_log.html")
def access_log(
    here: AskedHere, by: Annotated[str, Query(max_length=200)] = "",
    act: Annotated[str, Query(pattern=r"^[a-z_]{0,60}$")] = "", page: Annotated[int, Query(ge=1, le=10**7)] = 1,
    noted: Digest = "",
) -> AccessLogView:  # fmt: skip
    """Tell who saw what is restricted, who wrote, and whether the log is whole. Reading it is logged as well."""
    here.require(Role.ADMINISTRATOR)
    here.room.access_log.append(here.visitor, "read_access_log", "/access-log")
    file = here.room.access_log.file
    chain = read_chain(file, noted=noted or None, wanted=_wanted(by, act))
    count = max(1, -(-len(chain.matching) // A_PAGE))
    page = min(page, count)
    newest_first = chain.matching[::-1][(page - 1) * A_PAGE : page * A_PAGE]
    return AccessLogView(
        entries=chain.entries, matching=len(chain.matching), page=page, pages=count, head=chain.head,
        whole=chain.whole, problems=[AccessBreak(how=it.how, line=it.line, entry=it.entry) for it in chain.problems],
        torn=chain.torn, unfinished=chain.unfinished, noted=noted,
        noted_at=chain.noted_at, by=by, act=act, acts=sorted(chain.acts | ({act} if act else set())),
        lines=[_line(one) for one in read_entries(file, list(newest_first))],
    )  # fmt: skip


def _log_of_staff(here: Any, visitor: Visitor, act: str) -> None:
    """Log the sign-ins of those who may see what is restricted; of others nothing is kept."""
    if visitor.sees_restricted:
        here.room.access_log.append(visitor, act, f"/{act}")


def _wanted(by: str, act: str) -> Callable[[dict[str, Any]], bool]:
    """Return what tells entries that were asked for: by a part of a name, and an act."""
    part = by.casefold()
    return lambda entry: (not act or entry["act"] == act) and (not part or part in entry["by"].casefold())


def _line(entry: dict[str, Any]) -> AccessLine:
    return AccessLine(
        number=entry["seq"], at=datetime.fromisoformat(entry["at"]), by=entry["by"], role=entry["role"],
        known_by=entry["known_by"], act=entry["act"], what=entry["what"], torn="torn" in entry,
    )  # fmt: skip
