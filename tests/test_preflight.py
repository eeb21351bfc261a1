"""What a platform says of a credential before a run: valid, until when, which rights, what their lack would cost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from _plans import ACCOUNTS, SPEC, Place, place
from _program import TIME, program

from connectors import CONNECTORS
from connectors._credential_checks import CHECKS
from connectors._preflight import CredentialState
from connectors.sandbox import MAIN, Fault, FaultKind
from connectors.sandbox.google_oauth import GoogleTokens
from connectors.sandbox.tiktok_tokens import TikTokTokens
from connectors.sandbox.wordpress import application_password
from connectors.sandbox.x_tokens import Tokens
from flows.plan import plan_run
from flows.preflight import checked
from urval.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flows.preflight import Checked

WITH_CREDENTIAL = sorted(platform for platform, account in ACCOUNTS.items() if account.credential)
NOW = datetime.fromisoformat(TIME).astimezone(UTC)
TELL_RIGHTS = {"facebook", "threads", "youtube", "linkedin", "tiktok"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """A small city and an environment that reaches it."""
    with place(tmp_path) as made:
        yield made


def found(here: Place, platform: str, spec: Path = SPEC, time: str = "") -> Checked:
    """Return what the platform says of its account's credential."""
    run = here.run(spec=spec, time=time)
    told = checked(run, run.loaded.spec.account(ACCOUNTS[platform].id))
    assert told is not None
    return told


def row(here: Place, platform: str, spec: Path = SPEC, time: str = "") -> dict[str, Any]:
    """Return the plan's row of an account, its credential checked."""
    rows = plan_run(here.run(spec=spec, time=time), check_credentials=True)
    return next(one for one in rows if one["platform"] == platform)


@pytest.mark.parametrize("platform", WITH_CREDENTIAL)
def test_a_good_credential_takes_one_call(here: Place, platform: str) -> None:
    """One unrecorded call says that it works and lacks nothing; rights that a platform does not tell are unknown."""
    told = found(here, platform)
    assert told.state.valid
    assert told.missing == ()
    assert (told.state.scopes is not None) is (platform in TELL_RIGHTS)
    assert len(here.sandbox.calls) == 1
    assert here.sandbox.calls[0].status == 200
    assert not list(here.folder.rglob("*.warc.gz"))
    if told.state.scopes is not None:
        assert told.state.scopes >= set(CONNECTORS[platform].scopes)


@pytest.mark.parametrize("platform", WITH_CREDENTIAL)
def test_a_dead_credential_prevents(here: Place, platform: str) -> None:
    """One that the platform does not accept prevents the account's capture, and the sentence says what to do."""
    credential = here.sandbox.tokens[{"facebook": MAIN}.get(platform, platform)]
    dead = f"{json.loads(credential)['access_token'][:6] if credential[0] == '{' else credential[:6]}gone0123456789gone"
    here.give(platform, dead)
    told = row(here, platform)
    (problem,) = told["prevents"]
    assert f"of {told['account_id']} is not accepted by {platform}" in problem["sentence"]
    assert "Authorise Urval anew" in problem["next_step"]
    assert not told["check"]["valid"]
    assert dead not in json.dumps(told)


def narrow_youtube() -> str:
    """Return a token that may not read comments."""
    return GoogleTokens(ACCOUNTS["youtube"].settings["channel_id"]).narrow_token


def narrow_tiktok(here: Place) -> str:
    """Return a credential that may not read comments."""
    tokens = TikTokTokens(ACCOUNTS["tiktok"].settings["business_id"])
    return json.dumps(json.loads(here.sandbox.tokens["tiktok"]) | {"access_token": tokens.narrow_token})


@pytest.mark.parametrize(
    ("platform", "scope", "loses"),
    [
        ("facebook", "pages_read_user_content", "other people's comments"),
        ("youtube", "youtube.force-ssl", "all comments"),
        ("tiktok", "comment.list", "all comments"),
    ],
)
def test_a_missing_right_is_told_with_its_cost(here: Place, platform: str, scope: str, loses: str) -> None:
    """A lacking right does not prevent the capture; the plan names it and what will be missing."""
    narrow = {
        "facebook": lambda: here.sandbox.tokens_without_moderation[MAIN],
        "youtube": narrow_youtube,
        "tiktok": lambda: narrow_tiktok(here),
    }
    here.give(platform, narrow[platform]())
    told = row(here, platform)
    assert told["prevents"] == []
    assert told["check"]["missing"] == [{"scope": scope, "loses": loses, "vital": False}]
    assert f"{told['account_id']}: the credential lacks {scope}: {loses} will be missing" in told["warnings"]


def test_a_seal_key_that_does_not_open_is_warned_of(here: Place) -> None:
    """Where packages are to be signed and the key is not there, each account that is not done says so beforehand."""
    here.environment.setenv("URVAL_KEYS", str(here.folder / "none"))
    [told] = row(here, "threads")["warnings"]
    assert "cannot be packaged: there is no seal key of exempelstad" in told
    assert "urval keys new" in told


def test_an_end_before_the_occasion_closes_is_warned_of(here: Place) -> None:
    """A credential that ends inside the capture window is told with both days; weeks before its end too; else not."""
    assert row(here, "threads")["warnings"] == []  # it lives sixty days
    (soon,) = row(here, "threads", time="2026-12-10T03:00:00+01:00")["warnings"]
    assert soon == "exempelstad-threads: the credential ends on 2027-01-01; authorise Urval anew"
    ends = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    here.give("instagram", json.dumps({"access_token": here.sandbox.tokens["instagram"], "expires_at": ends}))
    told = row(here, "instagram")["warnings"]
    assert "ends on 2026-11-20, before occasion 2026-host closes on 2026-11-30" in " ".join(told)
    assert any("cannot be kept where this one lies" in words for words in told)


def kept_in_file(here: Place, platform: str, credential: str) -> tuple[Path, Path]:
    """Return a spec whose account has its credential in a file, and that file."""
    secret = here.folder / "secret"
    secret.write_text(credential, encoding="utf-8")
    secret.chmod(0o600)
    return here.spec_with(str(ACCOUNTS[platform].credential), f"file:{secret}"), secret


@pytest.mark.parametrize("platform", ["x", "tiktok", "instagram", "threads"])
def test_what_ran_out_is_renewed_and_kept(here: Place, platform: str) -> None:
    """A credential that says it has ended (or soon will, with Meta) is exchanged, kept in its file, and works."""
    text = here.sandbox.tokens[platform]
    held = json.loads(text) if text[0] == "{" else {"access_token": text}
    late = NOW + timedelta(days=10) if platform in {"instagram", "threads"} else NOW - timedelta(days=1)
    spec, secret = kept_in_file(here, platform, json.dumps(held | {"expires_at": int(late.timestamp())}))
    told = found(here, platform, spec=spec)
    assert told.state.valid
    assert told.state.renewable
    after = json.loads(secret.read_text(encoding="utf-8"))
    assert after["access_token"] != held["access_token"]
    assert int(after["expires_at"]) > NOW.timestamp()
    assert row(here, platform, spec=spec)["warnings"] == []


def test_what_is_refused_is_renewed_once(here: Place) -> None:
    """A token that the platform ended early is renewed where that can be done, and the new one is judged."""
    here.sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path="/2/users/me", times=1))
    spec, secret = kept_in_file(here, "x", here.sandbox.tokens["x"])
    before = secret.read_text(encoding="utf-8")
    assert found(here, "x", spec=spec).state.valid
    assert secret.read_text(encoding="utf-8") != before
    assert [call.target for call in here.sandbox.calls] == ["/2/users/me", "/2/oauth2/token", "/2/users/me"]


def test_what_could_not_be_kept_is_not_renewed(here: Place) -> None:
    """A refresh token that works once is not used up for a look: its place cannot hold the next one."""
    held = json.loads(here.sandbox.tokens["x"]) | {"expires_at": int(NOW.timestamp()) - 10}
    here.give("x", json.dumps(held))
    told = found(here, "x")
    assert "cannot be kept where this one lies" in told.state.words
    assert [call.target for call in here.sandbox.calls] == ["/2/users/me"]


def test_other_kinds_of_credential(here: Place) -> None:
    """An API key and an app's own token work for what is public, and the plan says so; no rights are made up."""
    here.give("youtube", GoogleTokens(ACCOUNTS["youtube"].settings["channel_id"]).api_key)
    key = found(here, "youtube")
    assert (key.state.valid, key.state.scopes, key.missing) == (True, None, ())
    assert "held comments and private videos will be missing" in key.state.words
    here.give("x", Tokens(here.sandbox.city.seed).bearer)
    app = found(here, "x")
    assert (app.state.valid, app.state.words) == (True, "an app's own token reads only what is public")
    assert here.sandbox.calls[-1].target == "/2/users/1400000000000000001"


@pytest.mark.parametrize(("right", "valid"), [(True, True), (False, False)])
def test_a_site_that_closes_its_interface(here: Place, right: bool, valid: bool) -> None:
    """WordPress says whose application password it is, or that it is none."""
    nick = here.sandbox.city.account("nyheter").staff[0][2]
    here.environment.setenv("WP", f"{nick}:{application_password('nyheter') if right else 'another-password'}")
    spec = here.spec_with(
        "      base_url: http://nyheter.exempelstad.example\n",
        "      base_url: http://nyheter.exempelstad.example\n    credential: env:WP\n",
    )
    assert found(here, "wordpress", spec=spec).state.valid is valid


def test_no_answer_is_no_judgement(here: Place) -> None:
    """A platform that does not work says nothing about the credential: that is a warning, nothing is prevented."""
    here.sandbox.misbehave(Fault(FaultKind.SERVER_ERROR, path="/debug_token", times=None))
    with pytest.raises(TransientError, match="said nothing about the credential"):
        found(here, "facebook")
    told = row(here, "facebook")
    assert told["prevents"] == []
    assert told["check"] is None
    assert "whether the credential will do is not known" in " ".join(told["warnings"])
    here.sandbox.behave()
    here.sandbox.misbehave(Fault(FaultKind.HTML, path="/debug_token", times=None))
    with pytest.raises(TransientError):
        found(here, "facebook")


def test_the_program_never_shows_a_secret(here: Place) -> None:
    """Whatever the credentials are worth, the plan's table, JSON and errors hold none of them; its status is right."""
    names = {p: (ACCOUNTS[p].credential or "").removeprefix("env:") for p in WITH_CREDENTIAL}
    good = {name: here.sandbox.tokens[{"facebook": MAIN}.get(p, p)] for p, name in names.items()}
    made = program(
        here.folder / "p", URVAL_CONNECT_TO=",".join(f"{n}={a}" for n, a in here.sandbox.connect_to.items()), **good
    )
    arguments = ("plan", "--spec", SPEC, "--store", here.store, "--fixed-time", TIME, "--check-credentials")
    fine, told = made.run(*arguments), made.run(*arguments, "--json")
    assert (fine.returncode, told.returncode) == (0, 0), fine.stderr
    assert "works, renews itself" in fine.stdout
    bad = dict.fromkeys(good, "wrong-token-0123456789")
    worse = made.run(*arguments, **bad)
    assert worse.returncode == 1
    assert worse.stdout.count("prevented: ") == len(WITH_CREDENTIAL) - 1
    assert worse.stderr.startswith("urval: the credential of exempelstad-facebook is not accepted")
    texts = {"wrong-token-0123456789"}
    for text in good.values():
        texts |= set(json.loads(text).values()) if text[0] == "{" else {text}
    texts -= {"exempelklient", "77exempelstad01"}  # names of apps
    for run in (fine, told, worse):
        assert not [text for text in texts if text in run.stdout + run.stderr]


def test_every_interface_can_be_asked() -> None:
    """Each interface that takes a credential has a check, and each right it needs says what its lack costs."""
    interfaces = [one for connector in CONNECTORS.values() for one in (connector, *connector.variants.values())]
    with_secret = [one for one in interfaces if any(setting.secret for setting in one.settings)]
    assert {one.interface for one in with_secret} == set(CHECKS)
    for one in with_secret:
        settings = {setting.name for setting in one.settings}
        for check in CHECKS[one.interface]:
            assert check.base in settings
            told = {scope.name for scope in check.scopes}
            assert told in ({*one.scopes}, set())
        assert any(check.fits({"access_token": "t" * 20}) for check in CHECKS[one.interface])


def read(interface: str, status: int, body: dict[str, Any], number: int = 0) -> CredentialState | None:
    """Read an answer as the interface's check does."""
    return CHECKS[interface][number].read(status, body)


def at(seconds: int) -> datetime:
    """Return an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def test_meta_answers() -> None:
    """Never, an end of access to data, a person's token, an error with and without the words of the platform."""
    page = {
        "is_valid": True,
        "expires_at": 0,
        "data_access_expires_at": 0,
        "type": "PAGE",
        "scopes": ["pages_show_list"],
    }
    whole = CredentialState(valid=True, scopes=frozenset({"pages_show_list"}), never_expires=True)
    assert read("Graph API", 200, {"data": page}) == whole
    ends = read("Graph API", 200, {"data": page | {"data_access_expires_at": 1_800_000_000}})
    assert ends == replace(whole, never_expires=False, expires_at=at(1_800_000_000))
    both = read(
        "Threads API", 200, {"data": page | {"expires_at": 1_790_000_000, "data_access_expires_at": 1_800_000_000}}
    )
    assert both is not None
    assert both.expires_at == at(1_790_000_000)
    person = read("Graph API", 200, {"data": page | {"type": "USER"}})
    assert person is not None
    assert "token of a person" in person.words
    dead = read("Graph API", 200, {"data": {"is_valid": False, "error": {"code": 190}, "scopes": []}})
    assert dead is not None
    assert not dead.valid
    assert read("Graph API", 400, {"error": {"code": 190}}) == CredentialState(valid=False)
    assert read("Graph API", 400, {"error": {"code": 4}}) is None
    assert read("Graph API", 200, {}) is None
    me = "Instagram API with Instagram Login"
    assert read(me, 200, {"id": "1", "username": "e"}) == CredentialState(valid=True)
    assert read(me, 401, {"error": {"code": 190}}) == CredentialState(valid=False)


def test_other_answers() -> None:
    """Google's, LinkedIn's and TikTok's words for alive, dead and neither."""
    google = read("YouTube Data API", 200, {
        "scope": "https://www.googleapis.com/auth/youtube.readonly openid", "exp": "1790000000", "expires_in": "3599",
    }, 1)  # fmt: skip
    assert google == CredentialState(
        valid=True, expires_at=at(1_790_000_000), scopes=frozenset({"youtube.readonly", "openid"})
    )
    assert read("YouTube Data API", 400, {"error_description": "Invalid Value"}, 1) == CredentialState(valid=False)
    assert read("YouTube Data API", 429, {}, 1) is None
    pages = "LinkedIn Community Management API"
    assert read(pages, 200, {"active": False, "status": "expired"}) == CredentialState(valid=False)
    assert read(pages, 200, {"active": True, "expires_at": 1_790_000_000, "scope": "a,b"}) == CredentialState(
        valid=True, expires_at=at(1_790_000_000), scopes=frozenset({"a", "b"})
    )
    assert read(pages, 401, {"error": "invalid_client"}) is None  # the app's secret is wrong, not the token
    tiktok = "TikTok Business API (Accounts)"
    assert read(tiktok, 200, {"code": 40105, "data": {}}) == CredentialState(valid=False)
    assert read(tiktok, 200, {"code": 40100, "data": {}}) is None
    assert read("X API", 403, {"title": "Forbidden"}, 1) == CredentialState(
        valid=True, never_expires=True, words="an app's own token reads only what is public"
    )
