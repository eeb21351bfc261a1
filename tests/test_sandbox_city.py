"""The fictional city: the same in every process, varied, and with all that a demonstration needs."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from _sandbox_client import DEMO
from PIL import Image

from connectors.sandbox import MAIN, City
from connectors.sandbox.pictures import SCENES, Picture, film


def test_bodies_are_the_same_in_two_processes_with_different_hash_seeds() -> None:
    """Every body, picture and header but the port must be the same in every process."""
    digests = {_digest_of_all(hash_seed) for hash_seed in ("0", "4711")}
    assert len(digests) == 1


def _digest_of_all(hash_seed: str) -> str:
    script = Path(__file__).with_name("_sandbox_digest.py")
    done = subprocess.run(
        [sys.executable, script], env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(script.parent.parent)},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert len(done.stdout) == 65
    return done.stdout


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_every_scene_is_a_small_varied_picture(scene: str) -> None:
    """Each scene opens, has the stated size, stays under 150 kB and differs between variants."""
    first, second = Picture(scene, 0), Picture(scene, 1)
    with Image.open(io.BytesIO(first.paint())) as image:
        assert image.size == first.size == (1200, 800)
        assert len(image.convert("RGB").getcolors(1_000_000) or ()) > 200
    assert len(first.paint()) < 150_000
    assert first.paint() != second.paint()


def test_films_have_the_structure_of_mp4() -> None:
    """The boxes ftyp, free and mdat fill the file exactly."""
    content, kinds, place = film("1"), [], 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        kinds.append(content[place + 4 : place + 8])
        place += size
    assert (kinds, place) == ([b"ftyp", b"free", b"mdat"], len(content))


def test_the_demo_city_holds_what_the_demonstration_needs() -> None:
    """Languages, kinds, long and silent threads, hidden, removed and hostile comments are all there."""
    main = DEMO.account(MAIN)
    inside = [p for p in main.posts if DEMO.start <= p.created_at < DEMO.end]
    assert len(inside) == 70
    assert len(main.posts) > 74
    assert {"photo", "album", "status", "video", "reel", "link", "event"} <= {p.kind for p in main.posts}
    assert {"sv", "ar", "so", "fi", "en"} <= {p.language for p in main.posts}
    comments = [c for p in main.posts for c in p.comments]
    assert max(len(p.comments) for p in main.posts) > 120
    assert any(not p.comments for p in main.posts)
    assert {c.depth for c in comments} == {0, 1, 2}
    assert any(c.hidden for c in comments)
    assert any(not c.listed for c in comments)
    text = "".join(c.text for c in comments)
    for sign in ("<script>", "\u202e", "\u200b", "\ue123", "\u0378", "#typst", "=cmd|", "👩‍👩‍👧‍👦"):
        assert sign in text
    assert "{" not in "".join(p.text for account in DEMO.accounts for p in account.posts)


def test_posts_do_not_look_copied() -> None:
    """In a city of 200 posts no text occurs twice."""
    city = City.generate(seed=5, posts=200, comments_mean=2, start=DEMO.start, end=DEMO.end)
    texts = [p.text for p in city.account(MAIN).posts if p.language == "sv"]
    assert len(texts) - len(set(texts)) <= len(texts) // 20


def test_parents_come_before_their_answers_and_ids_are_unique() -> None:
    """In any city each answer is younger than what it answers, and no id occurs twice."""
    city = City.generate(seed=7, posts=40, comments_mean=20, start=DEMO.start, end=DEMO.end)
    for account in city.accounts:
        comments = {c.id: c for p in account.posts for c in p.comments}
        assert len(comments) == sum(len(p.comments) for p in account.posts)
        assert all(comments[c.parent_id].created_at < c.created_at for c in comments.values() if c.parent_id)


def test_an_account_is_the_same_with_or_without_the_others() -> None:
    """A city made for one account alone holds that account as the whole city has it, also a large one."""
    whole = City.generate(seed=2, posts=40, comments_mean=12, start=DEMO.start, end=DEMO.end)
    for account in whole.accounts:
        alone = City.generate(
            seed=2, posts=40, comments_mean=12, start=DEMO.start, end=DEMO.end, only=(account.key,)
        )  # fmt: skip
        assert alone.accounts == (account,)
    large = City.generate(seed=2, posts=500, comments_mean=40, start=DEMO.start, end=DEMO.end, only=(MAIN,))
    assert sum(len(p.comments) for p in large.account(MAIN).posts) > 20_000
