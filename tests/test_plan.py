"""What ``urval plan`` predicts is what a capture takes, and what cannot finish is refused before its first call."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from _plans import ACCOUNTS, KEYS, SPEC, Place, place
from _program import TIME, program
from warcio.archiveiterator import ArchiveIterator

from connectors import CONNECTORS
from connectors._cost import Allowance, Conversation, Forecast, Limits, ThreadSize, Volume, forecast
from connectors._limits_of_platforms import LIMITS
from connectors.sandbox import City
from connectors.x import PRICES_USD
from flows.capturing import obtain_capture
from flows.feasibility import expected, hindrances, refuse_hopeless
from flows.plan import plan_run
from flows.volume import last_volume, profile_volume, volume_of
from urval.cli.plans import duration, table
from urval.errors import UrvalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from urval.capture import Capture

PLATFORMS = sorted(ACCOUNTS)
MEDIA = re.compile(r"\.(jpg|jpeg|png|mp4)|getBlob|/img/")


class TwoPeriods:
    """The city captured in spring, planned for autumn, and captured in autumn; with the calls that took."""

    def __init__(self, here: Place) -> None:
        self.here = here
        spring, autumn = here.run("2026-var"), here.run("2026-host")
        for account in ACCOUNTS.values():
            obtain_capture(spring, account.id, self._folder("var", account.id), dry=False)
        here.sandbox.forget_calls()
        self.planned = {row["platform"]: row for row in plan_run(autumn)}
        self.calls_of_plan = here.sandbox.calls
        self.captures: dict[str, Capture] = {}
        self.calls: dict[str, int] = {}
        self.media: dict[str, int] = {}
        for platform, account in ACCOUNTS.items():
            here.sandbox.forget_calls()
            self.captures[platform] = obtain_capture(autumn, account.id, self._folder("host", account.id), dry=False)
            made = [call for call in here.sandbox.calls if call.method == "GET"]
            self.media[platform] = sum(call.host.startswith("cdn.") or bool(MEDIA.search(call.target)) for call in made)
            self.calls[platform] = len(made) - self.media[platform]
        self.autumn = autumn

    def _folder(self, occasion: str, account_id: str) -> Path:
        folder = self.here.folder / occasion / account_id
        folder.mkdir(parents=True)
        return folder


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoPeriods]:
    """Capture twice for all tests of this file."""
    year = datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    city = City.generate(seed=7, posts=60, comments_mean=7, start=year[0], end=year[1], only=tuple(KEYS.values()))
    with place(tmp_path_factory.mktemp("plan"), city) as here:
        yield TwoPeriods(here)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """A small city, never captured."""
    with place(tmp_path) as made:
        yield made


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_model_counts_the_calls(two: TwoPeriods, platform: str) -> None:
    """From how large the threads are, the calls are predicted to within a tenth, and the media to the file."""
    volume = volume_of(two.captures[platform], two.autumn.occasion_of(ACCOUNTS["x"].id).period)
    told = expected(ACCOUNTS[platform], volume)
    assert (volume.scale, volume.later) == (1.0, False)
    assert abs(told.total - two.calls[platform]) <= max(0.1 * two.calls[platform], 1)
    assert abs(told.media - two.media[platform]) <= max(0.05 * two.media[platform], 1)
    assert not told.least
    assert two.calls[platform] > 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_period_before_predicts_the_next(two: TwoPeriods, platform: str) -> None:
    """Planned from spring's capture, autumn takes what was said, as far as the city's two half-years are alike."""
    row = two.planned[platform]
    assert row["volume"] == "capture of 2025-11-01--2026-05-01"
    assert row["prevents"] == []
    told, took = row["forecast"]["total"], two.calls[platform]
    assert abs(told - took) <= 3 or 0.5 < told / took < 2


def test_no_platform_is_called_for_a_plan(two: TwoPeriods) -> None:
    """Predicting reads the store alone."""
    assert two.calls_of_plan == []


def test_what_is_captured_takes_nothing_more(two: TwoPeriods) -> None:
    """Once the capture is in the store no calls are predicted, and the row says so."""
    rows = plan_run(two.here.run())
    assert [row["done"] for row in rows] == [True] * 11
    assert [row["forecast"] for row in rows] == [None] * 11


def test_money_is_what_x_would_charge(two: TwoPeriods) -> None:
    """Each different post and user that X returned, at its price, is what was predicted, to within a tenth."""
    posts, users = set[str](), set[str]()
    with (two.captures["x"].folder / "exchanges.warc.gz").open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type != "response" or ".x.exempelstad" not in record.rec_headers["WARC-Target-URI"]:
                continue
            page = json.loads(record.content_stream().read())
            found = page["data"] if isinstance(page["data"], list) else []
            beside = page.get("includes", {})
            posts.update(one["id"] for one in (*found, *beside.get("tweets", ())))
            users.update(one["id"] for one in beside.get("users", ()))
    charged = len(posts) * PRICES_USD["post"] + len(users) * PRICES_USD["user"]
    told = expected(ACCOUNTS["x"], volume_of(two.captures["x"], two.autumn.occasion_of(ACCOUNTS["x"].id).period))
    assert told.money_usd is not None
    assert charged > 1
    assert abs(told.money_usd - charged) <= charged / 10


def test_a_capture_that_costs_too_much_is_refused(two: TwoPeriods) -> None:
    """The spec's limit in dollars is told by the plan, and the capture stops before its first call."""
    cheap = two.here.spec_with("seed: Exempelstad", "limits: {money_usd: 0.25}\nseed: Exempelstad")
    run = two.here.run(spec=cheap)
    two.here.sandbox.forget_calls()
    row = next(row for row in plan_run(run) if row["platform"] == "x")
    (problem,) = row["prevents"]
    assert re.fullmatch(
        r"exempelstad-x costs about [0-9.]+ USD at x's prices, and the spec allows 0.25 an occasion",
        problem["sentence"],
    )
    assert "limits.money_usd" in problem["next_step"]
    with pytest.raises(UrvalError) as refused:
        refuse_hopeless(run, "exempelstad-x")
    assert refused.value.message == problem["sentence"]
    folder = two.here.folder / "refused"
    folder.mkdir()
    for dry in (True, False):
        with pytest.raises(UrvalError, match="costs about"):
            obtain_capture(run, "exempelstad-x", folder, dry=dry)
    assert two.here.sandbox.calls == []
    refuse_hopeless(run, "exempelstad-youtube")  # a limit in dollars is none for a platform that asks nothing


def quota(units: int) -> Forecast:
    """Return a forecast of so many units of YouTube."""
    return Forecast(
        calls={"comments": units}, media=0, units=units, money_usd=None, seconds=60, days=1, least=False
    )  # fmt: skip


def test_a_quota_that_does_not_reach_prevents(here: Place) -> None:
    """Units are added up over the accounts of a platform; what needs more days than are left is told with numbers."""
    run = here.run(time="2026-11-28T12:00:00+01:00")  # three days left, that one included
    own = ACCOUNTS["youtube"].id
    assert hindrances(run, {own: quota(30_000)}) == {}
    why = hindrances(run, {own: quota(30_001)})[own]
    assert why.sentence == (
        "exempelstad-youtube needs 30,001 quota units: 4 days of the 10,000 that youtube gives a day, and occasion "
        "2026-host closes in 3"
    )
    assert "more quota" in why.next_step
    text = SPEC.read_text(encoding="utf-8")
    block = text[text.index("  - id: exempelstad-youtube") : text.index("  - id: exempelstad-linkedin")]
    twice = here.spec_with(block, block + block.replace("id: exempelstad-youtube", "id: film"))
    shared = here.run(spec=twice, time="2026-11-28T12:00:00+01:00")
    told = hindrances(shared, {own: quota(16_000), "film": quota(16_000)})
    assert set(told) == {own, "film"}
    assert "16,000 quota units, 32,000 with the other accounts of youtube" in told[own].sentence
    assert hindrances(here.run(time="2026-12-05T12:00:00+01:00"), {own: quota(10**6)}) == {}  # late: no day is the last


def test_what_takes_longer_than_the_occasion_prevents(here: Place) -> None:
    """A pace that does not reach is told in days."""
    slow = Forecast(calls={}, media=0, units=None, money_usd=None, seconds=3 * 86_400, days=1, least=False)
    run = here.run(time="2026-11-29T12:00:00+01:00")
    why = hindrances(run, {"exempelstad-mastodon": slow})["exempelstad-mastodon"]
    assert "needs about 3 days" in why.sentence
    assert "closes in 2" in why.sentence
    assert hindrances(here.run(time="2026-11-20T12:00:00+01:00"), {"exempelstad-mastodon": slow}) == {}


def test_an_unknown_volume_blocks_nothing(here: Place) -> None:
    """An account that was never captured is planned as unknown, and its capture is not refused."""
    rows = plan_run(here.run())
    assert {row["volume"] for row in rows} == {"unknown"}
    assert [row["prevents"] for row in rows] == [[]] * 11
    assert last_volume(here.run(), "exempelstad-x") is None
    refuse_hopeless(here.run(), "exempelstad-x")
    assert here.sandbox.calls == []


def test_asking_reads_the_profile_alone(here: Place) -> None:
    """With ``ask`` each account's page is read; where it tells a number of posts, the forecast is a least."""
    rows = {row["platform"]: row for row in plan_run(here.run(), ask=True)}
    told = {platform for platform, row in rows.items() if row["forecast"]}
    assert told == {"instagram", "x", "youtube", "tiktok", "mastodon", "bluesky"}
    assert all(rows[platform]["forecast"]["least"] for platform in told)
    assert rows["mastodon"]["volume"] == f"{len(here.sandbox.city.account('mastodon').posts)} posts on its page"
    paths = [call.target for call in here.sandbox.calls if ".x." in call.host]
    assert [path.partition("?")[0] for path in paths] == ["/2/users/1400000000000000001"]
    assert not list(here.folder.rglob("*.warc.gz"))


def test_an_occasion_ahead_can_be_planned(two: TwoPeriods) -> None:
    """Weeks before it opens the next occasion is planned from the last capture; to capture it is refused."""
    ran = two.here.run("2027-var", time="2026-12-01T12:00:00+01:00")
    rows = {row["platform"]: row for row in plan_run(ran)}
    assert rows["youtube"]["volume"] == "capture of 2026-05-01--2026-11-01"
    assert rows["youtube"]["forecast"]["units"] > 50
    done = program(two.here.folder / "p").run(
        "capture", "--spec", SPEC, "--store", two.here.store, "--occasion", "2027-var", "--fixed-time", TIME
    )
    assert done.returncode == 2
    assert "lies in the future" in done.stderr


def test_the_program_shows_a_table_and_its_status(two: TwoPeriods) -> None:
    """The table fits 100 columns, a missing credential prevents and is told with status 1, and --json holds it all."""
    ready = program(two.here.folder / "q")
    arguments = ("plan", "--spec", SPEC, "--store", two.here.store, "--occasion", "2027-var", "--fixed-time", TIME)
    names = {account.credential.removeprefix("env:"): "a-token-of-some-length" for account in ACCOUNTS.values()
             if account.credential}  # fmt: skip
    fine = ready.run(*arguments, **names)
    assert fine.returncode == 0, fine.stderr
    lines = fine.stdout.splitlines()
    assert max(map(len, lines[:14])) <= 100
    assert lines[1].split() == ["account", "platform", "state", "calls", "files", "cost", "time", "credential"]
    assert re.search(r"^exempelstad-x +x +due +\d+ +\d+ +\$[0-9.]+ +\d+ (s|min) +set$", fine.stdout, re.MULTILINE)
    assert re.search(r"^exempelstad-youtube .* \d+u ", fine.stdout, re.MULTILINE)
    lacking = ready.run(*arguments, "--json", **(names | {"URVAL_SANDBOX_X": ""}))
    assert lacking.returncode == 1
    assert "exempelstad-x" in lacking.stderr
    assert "URVAL_SANDBOX_X" in lacking.stderr
    rows = json.loads(lacking.stdout)
    assert [bool(row["prevents"]) for row in rows] == [row["platform"] == "x" for row in rows]
    assert {"calls", "total", "media", "units", "money_usd", "seconds", "days", "least"} == set(rows[0]["forecast"])


def test_a_long_name_is_cut_and_the_rest_stays() -> None:
    """However long an account's name is, the table keeps to 100 columns."""
    row: dict[str, Any] = {
        "account_id": "a" * 90, "platform": "wordpress", "state": "verified", "done": True, "forecast": None,
        "credential": "not needed", "check": None, "warnings": ["w: something"], "prevents": [],
    }  # fmt: skip
    head, line, warning = table([row])
    assert len(line) <= 100
    assert len(head) <= 100
    assert "…" in line
    assert warning == "warning: w: something."


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "2 min"), (3_600, "1 h"), (90_000, "2 d")]
)
def test_durations(seconds: int, words: str) -> None:
    """A time span is told in its largest unit, rounded up."""
    assert duration(seconds) == words


def test_every_platform_has_limits() -> None:
    """No connector is without its facts, and none are kept for a platform that is not there."""
    assert set(LIMITS) == set(CONNECTORS)
    for platform, connector in CONNECTORS.items():
        known = {endpoint.name for endpoint in connector.endpoints()}
        assert {name for one in LIMITS[platform].allowances for name in one.endpoints} <= known
        assert set(LIMITS[platform].conversation.asks) <= known


def test_the_window_of_a_platform_sets_the_time() -> None:
    """Where the platform's window is slower than the answers, it counts."""
    many = Volume(threads=(ThreadSize(comments=1, counted=1),) * 650)
    slow = Limits(conversation=Conversation(), words="", allowances=(Allowance(calls=300, seconds=900),))
    quick = Limits(conversation=Conversation(), words="")
    connector = CONNECTORS["tiktok"]
    assert forecast(connector, slow, many).seconds == 2 * 900
    assert forecast(connector, quick, many).seconds < 400
    assert forecast(connector, Limits(conversation=Conversation(), words="", units_per_day=100), many).days == 7
    assert forecast(connector, Limits(
        conversation=Conversation(), words="", prices={"post": Decimal(1), "user": Decimal(2)}
    ), many).money_usd == 650 * 2 + 2  # fmt: skip


def test_posts_on_a_page_are_spread_over_the_accounts_life(here: Place) -> None:
    """Of an account's posts a period holds its share since the account was opened; all of them if nobody knows when."""
    period = here.run().occasion_of(ACCOUNTS["x"].id).period
    now = datetime(2026, 11, 2, tzinfo=UTC)
    assert len(profile_volume(1_000, datetime(2016, 11, 2, tzinfo=UTC), now, period).threads) == 50
    assert len(profile_volume(1_000, None, now, period).threads) == 1_000
    assert len(profile_volume(1_000, datetime(2026, 10, 1, tzinfo=UTC), now, period).threads) == 1_000
