"""A picture of the public page: what a visitor saw, taken by a real Chromium that cannot be led anywhere else."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from _loopback import Call, Reply, serving
from _program import SPEC, TIME, city_program, packages_of
from _rendered import Rendered, squeezed
from _samples import Samples, city
from PIL import Image

from connectors._page_proxy import PageProxy
from connectors._page_view import HIGHEST, PageCamera
from flows.page_view import page_views
from flows.run import open_run
from urval.records import Gap, GapReason, MediaItem, MediaKind
from urval.source import PageView
from urval.verify import FolderReader, verify_package

sys.path.insert(0, str(Path(__file__).with_name("verapdf")))
import verapdf  # the folder is no package: it is a test program beside its Java source

pytestmark = pytest.mark.server

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
HTML = {"Content-Type": "text/html; charset=utf-8"}
METADATA = "169.254.169.254"
RED, GREEN = (255, 0, 0), (0, 128, 0)


def page(body: str, **changes: Any) -> Reply:
    """Return a page."""
    return Reply(f"<!DOCTYPE html><html><body style='margin:0'>{body}</body></html>".encode(), headers=HTML, **changes)


def taken(folder: Path, url: str, **changes: Any) -> tuple[list[MediaItem], list[Gap]]:
    """Take the pictures of a page whose address a person wrote into the spec, and return them with the gaps."""
    folder.mkdir(exist_ok=True)
    authority = url.split("/")[2]
    values: dict[str, Any] = {
        "media": folder, "clock": lambda: NOW, "timezone": "Europe/Stockholm", "locale": "sv-SE", "connect_to": {},
        "own": frozenset({authority}), "environment": os.environ,
    }  # fmt: skip
    items = list(PageCamera(**{**values, **changes}).take(Samples(folder).profile(url=url)))
    media = [medium for item in items if isinstance(item, PageView) for medium in item.media]
    return media, [item for item in items if isinstance(item, Gap)]


def colours(folder: Path, medium: MediaItem, place: tuple[int, int]) -> Any:
    """Return the colour of a point of a picture."""
    with Image.open(folder / Path(str(medium.file)).name) as picture:
        return picture.convert("RGB").getpixel(place)


def no_browser_is_left() -> bool:
    """Tell whether every process that knows of a page's folder has ended, within a few seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
        if not any(b"urval-page-" in line for line in lines):
            return True
        time.sleep(0.1)
    return False


def test_both_screens_are_taken_whole_and_described(tmp_path: Path) -> None:
    """Each picture is a PNG of its width and of the page's whole height, named by digest, with address and browser."""
    text = "<div style='height:3000px;background:green'></div><div style='height:500px;background:red'></div>"
    with serving(lambda _: page(text)) as (address, _):
        media, gaps = taken(tmp_path, f"http://{address}/sida#del")
    assert gaps == []
    assert [(medium.kind, medium.width, medium.height) for medium in media] == [
        (MediaKind.PAGE_DESKTOP, 1280, 3500), (MediaKind.PAGE_PHONE, 390, media[1].height),
    ]  # fmt: skip
    for medium in media:
        path = tmp_path / Path(str(medium.file)).name
        assert medium.file == f"media/{medium.sha256}.png"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == medium.sha256
        assert (medium.mime, medium.bytes, medium.thread_id) == ("image/png", path.stat().st_size, None)
        assert (medium.source_url, medium.captured_at) == (f"http://{address}/sida", NOW)
        assert str(medium.alt_text).startswith("Chromium ")
        assert str(medium.alt_text).endswith(f", {medium.width} px")
        assert colours(tmp_path, medium, (5, 5)) == GREEN
        assert colours(tmp_path, medium, (5, int(medium.height or 0) - 5)) == RED


def test_the_page_reaches_nothing_in_an_inner_network(tmp_path: Path) -> None:
    """Pictures, frames, scripts, sockets and redirects that lead inside are cut off; the page is taken without them."""
    with ExitStack() as stack:
        inner, inner_calls = stack.enter_context(serving(lambda _: Reply(b"inner", headers=HTML)))

        def answer(call: Call) -> Reply:
            if call.path == "/led":
                return Reply(b"", 302, {"Location": f"http://{inner}/led"})
            if call.path != "/":
                return Reply(b"", 404, HTML)
            reached = (f"http://{inner}/", f"http://localhost:{inner.split(':')[1]}/", f"http://{METADATA}/latest/",
                       "http://10.0.0.1/", "http://[::1]/", "/led")  # fmt: skip
            tags = "".join(f"<img src='{url}' style='width:9px'><iframe src='{url}'></iframe>" for url in reached)
            script = f"for (const u of {json.dumps(reached)}) fetch(u, {{mode: 'no-cors'}}).catch(() => 0);"
            script += (
                f"new WebSocket('ws://{inner}/socket').onerror = () => 0; navigator.sendBeacon('http://{inner}/');"
            )
            return page(f"<div style='height:200px;background:green'></div>{tags}<script>{script}</script>")

        address, calls = stack.enter_context(serving(answer))
        media, gaps = taken(tmp_path, f"http://{address}/")
    assert gaps == []
    assert len(media) == 2
    assert inner_calls == []
    assert any(call.path == "/led" for call in calls)
    assert all(colours(tmp_path, medium, (5, 5)) == GREEN for medium in media)


def test_a_page_in_an_inner_network_is_refused(tmp_path: Path) -> None:
    """An address the platform told, and no person, is not visited where it lies inside: a gap says so."""
    with serving(lambda _: page("hemligt")) as (address, calls):
        media, gaps = taken(tmp_path, f"http://{address}/", own=frozenset())
        led, led_gaps = taken(tmp_path, f"http://{address}/", connect_to={"annan.example": address})
    assert (media, led, calls) == ([], [], [])
    assert {gap.reason for gap in (*gaps, *led_gaps)} == {GapReason.REFUSED}
    assert "inner network" in gaps[0].error


def test_an_endless_page_is_cut_and_says_so(tmp_path: Path) -> None:
    """A page that grows as it is looked at ends at the greatest height, which the record tells."""
    script = "addEventListener('scroll', () => { document.body.append(document.createElement('hr')); grow(); });"
    grow = "const grow = () => { document.body.style.height = (document.body.offsetHeight + 9000) + 'px'; }; grow();"
    with serving(lambda _: page(f"<script>{grow}{script}</script>")) as (address, _):
        media, gaps = taken(tmp_path, f"http://{address}/")
    assert gaps == []
    assert [medium.height for medium in media] == [HIGHEST, HIGHEST]
    assert all(f"the first {HIGHEST} of " in str(medium.alt_text) for medium in media)


def test_dialogs_downloads_and_windows_are_harmless(tmp_path: Path) -> None:
    """A page that asks, downloads, opens windows and prints is taken all the same, and leaves nothing behind."""
    script = (
        "alert(1); confirm(2); prompt(3); window.open('/annat'); onbeforeunload = () => 'kvar';"
        "const a = document.createElement('a'); a.href = '/fil'; a.download = 'fil.exe'; a.click(); print();"
    )

    def answer(call: Call) -> Reply:
        if call.path == "/fil":
            return Reply(b"MZ", headers={"Content-Type": "application/octet-stream"})
        return page(
            f"<div style='height:100px;background:green'></div><script>{script if call.path == '/' else ''}</script>"
        )

    with serving(answer) as (address, _):
        media, gaps = taken(tmp_path / "media", f"http://{address}/")
    assert gaps == []
    assert all(colours(tmp_path / "media", medium, (5, 5)) == GREEN for medium in media)
    assert sorted(path.suffix for path in (tmp_path / "media").iterdir()) == [".png", ".png"]
    assert no_browser_is_left()


def test_a_page_that_never_ends_is_ended(tmp_path: Path) -> None:
    """A script that loops for ever costs the time allowed; the browser and all it started are gone afterwards."""
    with serving(lambda _: page("<script>for (;;) {}</script>")) as (address, _):
        media, gaps = taken(tmp_path, f"http://{address}/", seconds=12.0)
    assert media == []
    assert [gap.reason for gap in gaps] == [GapReason.UNREACHABLE, GapReason.UNREACHABLE]
    assert all("ended after 12 seconds" in gap.error for gap in gaps)
    assert no_browser_is_left()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, GapReason.GONE), (403, GapReason.REFUSED), (500, GapReason.UNREACHABLE)],
)
def test_an_error_page_is_no_picture_of_the_page(tmp_path: Path, status: int, reason: GapReason) -> None:
    """What the server says instead of the page is not kept as the page: a gap tells the status."""
    with serving(lambda _: page("fel", status=status)) as (address, _):
        media, gaps = taken(tmp_path, f"http://{address}/")
    assert media == []
    assert {(gap.what, gap.reason, gap.thread_id) for gap in gaps} == {("page_view", reason, None)}
    assert all(str(status) in gap.error for gap in gaps)


def test_without_chromium_there_is_a_gap(tmp_path: Path) -> None:
    """A machine without a browser captures everything else; the gap says what was lacking."""
    with serving(lambda _: page("x")) as (address, calls):
        media, gaps = taken(tmp_path / "m", f"http://{address}/", environment={"PATH": "", "HOME": str(tmp_path)})
    assert (media, calls) == ([], [])
    assert all("no Chromium was found" in gap.error for gap in gaps)
    assert len(gaps) == 2


def test_the_browser_knows_no_secret(tmp_path: Path) -> None:
    """No cookie, no log-in and no variable of ours goes with the visit, and none is kept for the second screen."""
    program = tmp_path / "chromium"
    program.write_text('#!/bin/sh\nenv > "$(dirname "$0")/seen"\nexit 1\n')
    program.chmod(0o755)
    given = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), "URVAL_SECRET": "EAAS-hemlig"}
    with serving(lambda _: page("x", status=200)) as (address, _):
        media, _ = taken(tmp_path / "m", f"http://{address}/", environment=given)
    assert media == []
    assert "hemlig" not in (tmp_path / "seen").read_text()
    cookie = {**HTML, "Set-Cookie": "id=1"}
    with serving(lambda _: Reply(b"<!DOCTYPE html>x", headers=cookie)) as (address, calls):
        taken(tmp_path / "m", f"http://{address}/")
    assert len(calls) >= 2
    first = [call for call in calls if call.path == "/"]
    assert not any({"Cookie", "Authorization"} & set(call.headers) for call in first)


# ---- the proxy -----------------------------------------------------------------------------------------------------


def asked(proxy: PageProxy, method: str, target: str) -> int:
    """Ask the proxy as a browser does, and return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    try:
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            connection.set_tunnel(host, int(port))
            connection.connect()
            return 200
        connection.request(method, target)
        return connection.getresponse().status
    except OSError as error:
        return int(str(error).split(": ")[1].split()[0])
    finally:
        connection.close()


@pytest.mark.parametrize(
    "found", [["10.0.0.5"], ["192.0.2.1", "127.0.0.1"], [METADATA], ["::1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"], []]
)
@pytest.mark.parametrize(("method", "target"), [("GET", "http://namn.example/"), ("CONNECT", "namn.example:443")])
def test_a_name_that_leads_inside_is_refused(found: list[str], method: str, target: str) -> None:
    """One inner address among a name's addresses is enough, with and without a tunnel."""
    with PageProxy(own=frozenset(), connect_to={}, resolve=lambda _host, _port: found) as proxy:
        assert asked(proxy, method, target) == 403
        assert proxy.refused == {f"namn.example:{80 if method == 'GET' else 443}"}


def test_the_accounts_own_host_is_reached_on_its_own_port_only() -> None:
    """What a person wrote is trusted as written: the same host on another port is refused."""
    with serving(lambda _: page("egen")) as (address, calls), serving(lambda _: page("annan")) as (other, others):
        with PageProxy(own=frozenset({address}), connect_to={}) as proxy:
            assert asked(proxy, "GET", f"http://{address}/") == 200
            assert asked(proxy, "GET", f"http://{other}/") == 403
            assert asked(proxy, "CONNECT", other) == 403
            assert asked(proxy, "GET", f"https://{address}/") == 403
            assert asked(proxy, "GET", "file:///etc/passwd") == 403
        assert (len(calls), others) == (1, [])


# ---- the whole way -------------------------------------------------------------------------------------------------


def capture(folder: Path, account: str, change: tuple[str, str]) -> tuple[Path, list[dict[str, Any]], list[Any]]:
    """Archive an account of the demo's city with a changed spec; return the package, its gaps and its media."""
    text = SPEC.read_text(encoding="utf-8")
    assert change[0] in text
    spec = folder / "spec.yaml"
    spec.write_text(text.replace(*change, 1), encoding="utf-8")
    with city_program(folder) as (made, _):
        run = made.run("capture", "--spec", spec, "--store", made.store, "--occasion", "2026-host",
                       "--fixed-time", TIME, "--account", account, "--approve-unseen")  # fmt: skip
        assert run.returncode == 0, run.stderr
    package = packages_of(folder / "store")[0]
    gaps, media = ([json.loads(line) for line in (package / f"data/tables/{name}.jsonl").read_text().splitlines()]
                   for name in ("gaps", "media"))  # fmt: skip
    return package, gaps, media


def test_a_package_shows_the_page_and_verifies(tmp_path: Path) -> None:
    """The pictures of the city's site stand in the package and its snapshot, and an alien one beside them is found."""
    change = ("    class: unit\n    purpose: Nyheter", "    class: unit\n    page_view: account\n    purpose: Nyheter")
    package, gaps, media = capture(tmp_path, "exempelstad-nyheter", change)
    assert not [gap for gap in gaps if gap["what"] == "page_view"]
    views = [row for row in media if row["kind"].startswith("page_")]
    assert [(row["kind"], row["width"], row["thread_id"]) for row in views] == [
        ("page_desktop", 1280, None), ("page_phone", 390, None),
    ]  # fmt: skip
    shown = (package / "data/snapshot/page.html").read_text(encoding="utf-8")
    assert all(f'src="../{row["file"]}"' in shown and row["sha256"] in shown for row in views)
    assert 'href="page.html"' in (package / "data/snapshot/index.html").read_text(encoding="utf-8")
    assert "snapshot/page.html" in " ".join(json.loads((package / "manifest.json").read_bytes())["cannot_show"])
    report = verify_package(FolderReader(package))
    assert report.failed() == []
    stray = package / "data/media" / (hashlib.sha256(b"stray").hexdigest() + ".png")
    stray.write_bytes(b"stray")
    assert "REF-5" in verify_package(FolderReader(package)).failed()


def test_an_address_outside_the_run_is_not_visited(tmp_path: Path) -> None:
    """A page the spec asks for, at a host that a rehearsal does not name, is not visited; the package holds the gap."""
    change = ("    class: leader\n", "    class: leader\n    page_view: account\n")
    package, gaps, media = capture(tmp_path, "kommundirektoren-facebook", change)
    found = [gap for gap in gaps if gap["what"] == "page_view"]
    assert {(gap["reason"], gap["thread_id"]) for gap in found} == {("refused", None)}
    assert "www.facebook.example" in found[0]["error"]
    assert not [row for row in media if row["kind"].startswith("page_")]
    assert not (package / "data/snapshot/page.html").exists()
    assert verify_package(FolderReader(package)).failed() == []


@pytest.mark.parametrize(
    ("account", "entry", "clock", "gaps"),
    [
        ("kommundirektoren-facebook", "", "system", 1),
        ("kommundirektoren-facebook", "", "fixed", 0),
        ("kommundirektoren-facebook", "    page_view: off\n", "system", 0),
        ("exempelstad-nyheter", "    page_view: off\n", "system", 0),
        ("exempelstad-nyheter", "", "fixed", 0),
    ],
)
def test_when_no_picture_is_taken(tmp_path: Path, account: str, entry: str, clock: str, gaps: int) -> None:
    """Where the terms are not known to allow it that is a gap; where it was turned off, or time stands still, none."""
    text = SPEC.read_text(encoding="utf-8")
    spec = tmp_path / "spec.yaml"
    spec.write_text(text.replace(f"  - id: {account}\n", f"  - id: {account}\n{entry}"), encoding="utf-8")
    run = replace(open_run(str(spec), str(tmp_path / "store"), "2026-host", fixed_time=TIME), clock_kind=clock)
    items = list(page_views(run, account, Samples(tmp_path).profile(url="http://127.0.0.1:9/"), tmp_path))
    assert all(isinstance(item, Gap) and item.reason is GapReason.REFUSED for item in items)
    assert len(items) == gaps


@pytest.mark.parametrize("edit", ["page_view: threads", "page_view: yes"])
def test_the_spec_knows_account_and_off(tmp_path: Path, edit: str) -> None:
    """Another word is refused before anything is called."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.read_text().replace("    class: leader\n", f"    class: leader\n    {edit}\n"))
    with city_program(tmp_path) as (made, sandbox):
        run = made.run("spec", "check", spec)
        assert run.returncode != 0
        assert "page_view" in run.stdout + run.stderr
        assert sandbox.calls == []


# ---- the snapshot --------------------------------------------------------------------------------------------------


def visit(samples: Samples, kind: MediaKind, size: tuple[int, int], **changes: Any) -> MediaItem:
    """Return a picture of a page, painted."""
    path = samples.folder / f"{kind.value}.png"
    Image.linear_gradient("L").resize(size).convert("RGB").save(path)
    values = {"kind": kind, "width": size[0], "height": size[1], "source_url": "https://social.example/exempelstad",
              "alt_text": f"Chromium 140.0, {size[0]} px"}  # fmt: skip
    return samples.medium(f"100:{kind.value}", "100", path.read_bytes(), "image/png", **{**values, **changes})


@pytest.mark.parametrize("highest", [300, HIGHEST])
def test_the_snapshot_shows_the_page_in_whole(tmp_path: Path, highest: int) -> None:
    """Address, time, browser and digest stand with each picture; every piece of it is in a PDF that veraPDF accepts."""
    rendered = Rendered(tmp_path)
    views = (visit(rendered.samples, MediaKind.PAGE_DESKTOP, (1280, highest), alt_text="Chromium <1> #x"),
             visit(rendered.samples, MediaKind.PAGE_PHONE, (390, highest)))  # fmt: skip
    rendered.render(city(rendered.samples), page_views=views)
    facts = ("Sidan som besökare såg den", "På bred skärm", "På telefon", "https://social.example/exempelstad",
             "15 april 2026 kl. 10:02 (UTC+02:00)", "Chromium <1> #x",
             *(str(view.sha256) for view in views))  # fmt: skip
    for text in (rendered.html_text(), rendered.pdf_text()):
        for words in facts:
            assert squeezed(words) in text, words
    if not (lacking := verapdf.missing()):
        assert all(verdict.compliant for verdict in verapdf.judge([*rendered.out.glob("*.pdf")]))
    else:
        assert os.environ.get("CI") != "true", f"veraPDF needs {lacking}"


def test_a_picture_that_cannot_be_read_is_framed(tmp_path: Path) -> None:
    """Bytes that are no picture, or that are gone, leave a frame with their facts."""
    rendered = Rendered(tmp_path)
    broken = rendered.samples.medium("v", "100", b"\x89PNG broken", "image/png", kind=MediaKind.PAGE_DESKTOP)
    gone = replace(visit(rendered.samples, MediaKind.PAGE_PHONE, (390, 50)), file=f"media/{'0' * 64}.png")
    rendered.render([], page_views=(broken, gone))
    assert squeezed("Bilden gick inte att återge") in rendered.pdf_text()
    assert squeezed("Saknas: bild av sidan på telefon") in rendered.html_text()
    assert squeezed("Saknas: bild av sidan på telefon") in rendered.pdf_text()


def test_the_same_pictures_give_the_same_snapshot(tmp_path: Path) -> None:
    """The page's pictures are part of the capture: rendering it again gives the same bytes."""
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        rendered = Rendered(tmp_path / name)
        rendered.render([], page_views=(visit(rendered.samples, MediaKind.PAGE_PHONE, (390, 4000)),))
        found.append({path.name: path.read_bytes() for path in rendered.out.rglob("*") if path.is_file()})
    assert found[0] == found[1]
    assert {"page.html", "snapshot-001.pdf"} <= set(found[0])
