"""A real WordPress, captured over its own interface: everything that was published is in the tables, or in gaps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from _program import packages_of, program, tree
from _wordpress_content import SECRET_DRAFT, TRASHED, WAITING, publish

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from _prefect_server import PrefectServer
    from _program import Program
    from _wordpress_content import Truth
    from _wordpress_server import WordPress

pytest_plugins = ("_prefect_server", "_wordpress_server")
pytestmark = pytest.mark.server
_SPEC = """
format: 1
id: provkoping
version: "1"
valid_from: 2025-11-01
language: sv
timezone: Europe/Stockholm
archive: {{id: provkoping, name: Provköpings kommun}}
decision: {{authority: Kommunstyrelsen, reference: KS 2025/1, date: 2025-10-01}}
grounds:
  - text: Riktlinjer för bevarande (påhittade)
occasions:
  - {{id: var, opens: 05-02, closes: 05-31, period_end: 05-01}}
  - {{id: host, opens: 11-02, closes: 11-30, period_end: 11-01}}
first_period_start: 2025-11-01
accounts:
  - id: nyheter
    platform: wordpress
    name: Nyheter från Provköping
    url: {url}
    class: unit
    purpose: Nyheter.
    owner: {{name: Alva Exempelsson, role: kommunikatör}}
    information_owner: Kommunstyrelsen
    opened: 2016-01-15
    settings: {{base_url: "{url}"}}
rules:
  - {{id: allt, rule: census}}
seed: Provköping
"""
_OCCASION = "2026-var"


class Site:
    """The site, what was published on it, and what captures of it gave."""

    def __init__(self, site: WordPress, server: PrefectServer, folder: Path) -> None:
        self.wordpress, self.truth = site, publish(site)
        self.lost, (self.lost_in, lost_file) = list(self.truth.pictures.items())[-1]
        (site.folder / "site" / "wp-content" / "uploads" / lost_file).unlink()
        self.program: Program = program(folder, PREFECT_API_URL=server.api)
        self.first = self.capture(site.url)
        assert self.first.returncode == 0, self.first.stderr
        (self.package,) = packages_of(self.program.store)

    def capture(self, url: str) -> subprocess.CompletedProcess[str]:
        """Capture with a spec that names this address."""
        spec = self.program.folder / "spec.yaml"
        spec.write_text(_SPEC.format(url=url), encoding="utf-8")
        return self.program.run("capture", "--spec", spec, "--store", self.program.store, "--occasion", _OCCASION,
                                "--approve-unseen")  # fmt: skip

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table of the package."""
        lines = (self.package / "data" / "tables" / f"{table}.jsonl").read_bytes().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def site(wordpress: WordPress, prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a site with contents, captured once; one picture's file was lost before."""
    return Site(wordpress, prefect_server, tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def truth(site: Site) -> Truth:
    """Return what was published."""
    return site.truth


def test_every_post_is_there(site: Site, truth: Truth) -> None:
    """All posts of the period, with title, time and text as published; none from outside it, and no draft."""
    rows = {row["id"]: row for row in site.rows("posts")}
    assert {key: row["title"] for key, row in rows.items()} == truth.posts
    assert {key: row["created_at"][:19] for key, row in rows.items()} == truth.created
    assert [key for key, row in rows.items() if row["pinned"]] == [truth.sticky]
    number = {key: index for index, key in enumerate(truth.posts)}
    for key, row in rows.items():
        if key != truth.protected:
            assert f"del {number[key]}. Åå Ää Öö – “citat” 👩‍👩‍👧 &amp; مرحبا." in row["text"]
            assert (row["author_name"], row["author_role"]) == ("Alva Exempelsson", "own")


def test_every_comment_is_there(site: Site, truth: Truth) -> None:
    """All comments, on their posts, under their parents, three levels deep; the body's own answers marked."""
    rows = {row["id"]: row for row in site.rows("comments")}
    assert {key: (row["post_id"], row["parent_id"]) for key, row in rows.items()} == {
        key: (post, parent) for key, (post, parent, _) in truth.comments.items()
    }
    assert {row["depth"] for row in rows.values()} == {0, 1, 2}
    assert {key for key, row in rows.items() if row["is_own_answer"]} == truth.own
    assert {key for key, row in rows.items() if row["author_role"] == "own"} == truth.own
    for key, (_, _, text) in truth.comments.items():
        assert text.partition("<b>")[0].partition(" & ")[0] in rows[key]["text"]
    assert {row["author_name"] for row in rows.values()} == {"Örjan Ö.", "Alva Exempelsson", "Åsa"}


def test_the_front_page_is_there_as_a_visitor_sees_it(site: Site) -> None:
    """A real WordPress is photographed unasked, wide and on a phone; the browser is named beside each picture."""
    views = [row for row in site.rows("media") if row["kind"].startswith("page_")]
    assert {row["kind"] for row in views} == {"page_desktop", "page_phone"}
    assert all(row["sha256"] and row["mime"] == "image/png" and "Chromium" in row["alt_text"] for row in views)


def test_every_picture_is_there_as_it_was_uploaded(site: Site, truth: Truth) -> None:
    """Featured pictures and those in texts are in the package with the very bytes of the upload, not a smaller copy."""
    held = {row["sha256"]: row for row in site.rows("media") if row["sha256"] and not row["kind"].startswith("page_")}
    assert {digest: row["thread_id"] for digest, row in held.items()} == {
        digest: post for digest, (post, _) in truth.pictures.items() if digest != site.lost
    }
    for digest, row in held.items():
        assert (site.package / "data" / row["file"]).is_file()
        assert digest in row["file"]


def test_a_picture_lost_on_the_site_is_a_gap(site: Site) -> None:
    """The one picture whose file is gone has its row and its gap, with the thread it belongs to."""
    (lost,) = [row for row in site.rows("media") if not row["sha256"]]
    assert (lost["gap"], lost["thread_id"]) == ("gone", site.lost_in)
    (gap,) = [row for row in site.rows("gaps") if row["what"] == "media"]
    assert (gap["reason"], gap["thread_id"], gap["subject_id"]) == ("gone", site.lost_in, lost["id"])


def test_what_a_password_hides_is_a_gap(site: Site, truth: Truth) -> None:
    """The protected post is there without its text; its text and its comments are gaps of that thread."""
    gaps = {(row["what"], row["reason"], row["thread_id"]) for row in site.rows("gaps") if row["reason"] == "refused"}
    assert gaps == {("post", "refused", truth.protected), ("comments", "refused", truth.protected)}
    (post,) = [row for row in site.rows("posts") if row["id"] == truth.protected]
    assert "Kommunen berättar" not in post["text"]


def test_an_answer_to_a_removed_comment_stays(site: Site, truth: Truth) -> None:
    """An answer to a comment in the bin is kept with the id it answered, and the removed one is a gap of its thread."""
    (answer,) = [row for row in site.rows("comments") if row["parent_id"] == truth.trashed]
    (gap,) = [row for row in site.rows("gaps") if row["what"] == "comment"]
    assert (gap["reason"], gap["subject_id"], gap["thread_id"]) == ("not_listed", truth.trashed, answer["post_id"])


def test_there_are_no_other_gaps(site: Site) -> None:
    """What could be had leaves no gap: four are all there are."""
    assert len(site.rows("gaps")) == 4


def test_what_was_never_public_is_nowhere(site: Site, truth: Truth) -> None:
    """No draft, no comment in the bin or waiting, and no text behind a password stands in any file of the store."""
    import gzip

    for path in sorted(site.program.store.rglob("*")):
        if path.is_file():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            for text in (SECRET_DRAFT, TRASHED, WAITING, "Bakom lösenord", "hemligt ord"):
                assert text.encode() not in data, (path, text)
                assert json.dumps(text).encode()[1:-1] not in data, (path, text)
    assert truth.trashed not in {row["id"] for row in site.rows("comments")}


def test_the_package_verifies(site: Site) -> None:
    """``urval verify`` passes every check, and the capture says that it ran by the system's clock."""
    run = site.program.run("verify", site.program.store, "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    report, runs = json.loads(run.stdout)
    assert (runs["package"], runs["counts"]["failed"]) == ("runs/provkoping", 0)
    assert (report["verdict"], report["counts"]["failed"], report["counts"]["not_checked"]) == ("valid", 0, 0)
    assert json.loads((site.package / "manifest.json").read_bytes())["capture"]["clock"] == "system"


def test_a_second_run_does_nothing(site: Site) -> None:
    """Given again, the command says that there is nothing to do, asks the site nothing and changes nothing."""
    before, asked = tree(site.program.store), (site.wordpress.folder / "php.log").read_bytes()
    again = site.capture(site.wordpress.url)
    assert again.returncode == 0, again.stderr
    assert "nothing to do" in again.stdout
    assert tree(site.program.store) == before
    assert (site.wordpress.folder / "php.log").read_bytes() == asked


def test_a_wrong_address_is_one_sentence(site: Site, tmp_path: Path) -> None:
    """A path with no WordPress below it ends with status 1, names what is wrong and what to do, and stores nothing."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(_SPEC.format(url=f"{site.wordpress.url}/blogg"), encoding="utf-8")
    store = tmp_path / "store"
    run = site.program.run("capture", "--spec", spec, "--store", store, "--occasion", _OCCASION)
    assert run.returncode == 1
    assert "/blogg/wp-json/ does not exist" in run.stdout
    assert "base_url" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
    assert packages_of(store) == []
    assert not (store / "captures").exists()
