"""Going on with a capture that was cut off: the walk runs again from the start, and the answers come from its WARC.

The walk asks the same questions in the same order, so nothing but the gate needs to know. What holds:

- An address gives its recorded answers in the order in which it gave them; when they are used up the network takes
  over, and its exchanges are appended to the same WARC. Addresses and bodies are compared and handed out as recorded,
  without secrets, which is how the first run saw them too. A live call carries the credential of today.
- Recorded faults are judged as they were, but no pause is waited for again. A recorded refusal is asked about anew: it
  may have been lifted, and must not close to a whole account what is open now. A medium counts as fetched if its file
  is there with the right digest; else it is fetched.
- Taken up is what lies before the last *accepted* answer (a mark beside the WARC says where that ends). Failures after
  it are dropped, and so is whatever came after a refusal to the account as such: what ended a run is not repeated for
  ever. So is a torn tail.
- Only the WARC of the same capture, spec, software (its libraries, Python and the system below it among it) and kind of
  clock is taken up, so that one environment made all of it, and only if its last exchange is younger than
  :data:`KEPT_HOURS`: cursors and addresses of media die.
- Before anything is taken up the profile is asked for anew, off the record: an outage, a dead token or a lost account
  fails the account as it would at the start of a fresh run, and what was recorded waits for the next one.
- If the platform no longer knows a place in a listing that a run before was given, or if the recorded answers alone end
  the account, the capture is made afresh, once, rather than with a false gap.

Source: docs/adr/0008-resume-by-replay.md.
"""

from __future__ import annotations

import io
import zlib
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import urlsplit

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from connectors._environment import EnvironmentLog
from connectors._http import Answer
from connectors._media import kept_medium
from connectors._warc import as_received, fields_of
from urval.errors import GoneError, MalformedError, RefusedError, SourceError, UrvalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

KEPT_HOURS: Final = 48  # a capture that was cut off longer ago is made afresh
_PIECE = 1 << 16  # bytes
_UNREADABLE = (zlib.error, ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, KeyError)


class StaleError(UrvalError):
    """What an earlier run left cannot be gone on with; the capture is to be made afresh."""


@dataclass(slots=True)
class Leftover:
    """What of a cut-off WARC is taken up: its first ``end`` bytes, which hold so many records and pairs."""

    path: Path
    started_at: datetime
    end: int = 0
    records: int = 0
    pairs: int = 0
    last_at: datetime | None = None
    answers: dict[str, deque[tuple[int, int]]] = field(default_factory=dict)  # address -> where its pairs lie
    media: set[str] = field(default_factory=set)  # names of files
    log: EnvironmentLog = field(default_factory=EnvironmentLog)  # of those pairs, measured when they were made


class Recorded:
    """Hands out recorded answers. Without a leftover there are none, and every call is for the network."""

    def __init__(self, leftover: Leftover | None = None, told: Callable[[str], None] | None = None) -> None:
        """Build it.

        Args:
            leftover: What is taken up; media lie beside its WARC.
            told: Is told once, in words, where the network took over.
        """
        self.now: datetime | None = None  # when the last answer came, as long as answers are recorded ones
        self.taken = 0
        self._leftover = leftover
        self._told = told
        self._pages: Counter[str] = Counter()
        self._went_on = leftover is None

    def answer(self, url: str) -> Answer | None:
        """Return the next recorded answer of an address (secrets removed), or None."""
        places = self._leftover.answers.get(url) if self._leftover else None
        if not places or self._leftover is None:
            return None
        answer = _answer(self._leftover.path, *places.popleft())
        if answer is not None:
            self.now = answer.at
            self.taken += 1
            self._pages[urlsplit(url).path] += answer.stored is None
        return answer

    def take_over(self, url: str, *, as_media: bool) -> None:
        """Note that a call is made live."""
        self.now = None
        if not self._went_on and self._told is not None:
            path = urlsplit(url).path
            page = f"page {self._pages[path] + 1} of {path.rstrip('/').rpartition('/')[2]}"
            self._told(f"went on from {'a medium' if as_media else page}, {self.taken} answers taken up")
        self._went_on = True

    def blamed(self, error: SourceError) -> UrvalError:
        """Return what a live call is to raise that asked to go on in a listing and failed for good with ``error``."""
        dead = isinstance(error, RefusedError) and error.account_wide
        lost = isinstance(error, RefusedError | GoneError | MalformedError) and not dead
        if self.taken and lost:
            return StaleError(f"the platform does not go on from where the run before was cut off ({error.message})")
        return error


def take_up(path: Path, mark: Path, *, info: Mapping[str, str], now: datetime) -> Leftover | None:
    """Return what of a cut-off capture can be gone on with, or None if nothing was left.

    Args:
        path: The WARC; not changed.
        mark: The file that says where the last accepted answer ends.
        info: What the warcinfo record must say.
        now: Aware.

    Raises:
        StaleError: Something was left, but of another capture, spec or software, too old or damaged.
    """
    if not path.exists() or not mark.exists():
        return None
    try:
        left = _scan(path, int(mark.read_text("ascii") or "0"), info)
    except (OSError, *_UNREADABLE) as error:
        raise StaleError(f"what an earlier run left cannot be read ({error})") from error
    if left is None or left.last_at is None:
        return None
    age = now - left.last_at
    if not timedelta(0) <= age <= timedelta(hours=KEPT_HOURS):
        raise StaleError(
            f"what an earlier run left is of {left.last_at:%Y-%m-%d %H:%M} UTC, not of the last {KEPT_HOURS} hours"
        )
    return left


@dataclass(slots=True)
class _Pair:
    """Where a pair lies with what belongs to it, and what the environment log takes of it."""

    url: str
    start: int
    stop: int
    headers: list[tuple[str, str]]
    notes: dict[str, str] = field(default_factory=dict)


def _scan(path: Path, marked: int, info: Mapping[str, str]) -> Leftover | None:
    """Read all records up to the mark; a pair counts when it is there with its request and its metadata."""
    left: Leftover | None = None
    begin, sure = 0, True
    headers: list[tuple[str, str]] = []
    pairs: list[_Pair] = []
    for records, (start, stop, data) in enumerate(_members_of(path, marked), 1):
        record = _record(data)
        if left is None:
            left = Leftover(path=path, started_at=_date(record))
            _require(info, fields_of(record.raw_stream.read()))
        elif record.rec_type == "response":
            begin, sure, headers = start, True, record.http_headers.headers  # it shows that the pair before is whole
        else:
            sure = record.rec_type == "metadata"
            if not sure:
                pairs.append(_Pair(record.rec_headers.get_header("WARC-Target-URI"), begin, stop, headers))
            elif not pairs:
                raise ValueError("a metadata record stands alone")
            else:
                pairs[-1].stop, pairs[-1].notes = stop, fields_of(record.raw_stream.read())
            left.end, left.records, left.last_at = stop, records, _date(record)
    if left is None:
        return None
    if pairs and left.end < marked and not sure:
        left.end, left.records = pairs.pop().start, left.records - 2  # its metadata may be what is missing
    _tell_of(pairs, left)
    return left if pairs else None


def _tell_of(pairs: Sequence[_Pair], left: Leftover) -> None:
    left.pairs = len(pairs)
    for pair in pairs:
        left.answers.setdefault(pair.url, deque()).append((pair.start, pair.stop))
        left.media |= {name for key, name in pair.notes.items() if key == "body-file"}
        left.log.add(pair.url, pair.headers, pair.notes.items())


def _require(info: Mapping[str, str], found: Mapping[str, str]) -> None:
    other = [name for name, value in info.items() if found.get(name) != value]
    if other:
        raise StaleError(f"what an earlier run left has another {other[0].replace('-', ' ')}")


def _members_of(path: Path, end: int) -> Iterator[tuple[int, int, bytes]]:
    with path.open("rb") as file:
        yield from _members(file, end)


def _members(file: BinaryIO, end: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield each whole gzip member before ``end``: where it begins, where it ends, what it holds."""
    start = read = 0
    rest = b""
    while True:
        unpacked, parts = zlib.decompressobj(wbits=31), []
        while not unpacked.eof:
            piece = rest or file.read(min(_PIECE, end - read))
            if not piece:
                return
            read += 0 if rest else len(piece)
            parts.append(unpacked.decompress(piece))
            rest = b""
        rest = unpacked.unused_data
        stop = read - len(rest)
        yield start, stop, b"".join(parts)
        start = stop


def _record(data: bytes) -> Any:
    """Return a record, its digests checked; ``raw_stream`` can be read once more."""
    checked = ArcWarcRecordLoader().parse_record_stream(io.BytesIO(data), known_format="warc", check_digests="raise")
    checked.raw_stream.read()
    return _parsed(data)


def _parsed(data: bytes) -> Any:
    return ArcWarcRecordLoader().parse_record_stream(io.BytesIO(data), known_format="warc")


def _date(record: Any) -> datetime:
    return datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))


def _answer(path: Path, start: int, stop: int) -> Answer | None:
    """Return the answer in a pair of the WARC; None for a medium whose file is not what it was."""
    with path.open("rb") as file:
        file.seek(start)
        span = file.read(stop - start)
    response, *others = [_parsed(data) for _, _, data in _members(io.BytesIO(span), len(span))]
    notes: dict[str, str] = {}
    for record in others:
        if record.rec_type == "metadata":
            notes = fields_of(record.raw_stream.read())
    headers = {name.lower(): value for name, value in as_received(response.http_headers.headers)}
    stored = None
    if "body-file" in notes:
        stored = kept_medium(path.parent, notes["body-file"], notes["body-sha256"], headers.get("content-type", ""))
        if stored is None:
            return None
    return Answer(
        status=int(response.http_headers.get_statuscode()),
        headers=headers,
        body=response.raw_stream.read(),
        stored=stored,
        at=_date(response),
        broken=notes.get("broken", ""),
        truncated=response.rec_headers.get_header("WARC-Truncated"),
        changed="changed" in notes,
        recorded=True,
    )
