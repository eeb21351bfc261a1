"""A small, realistic account of the fictional Exempelstad, for the tests that need threads, pictures and people."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFilter

from urval.package.snapshot import AccountEntry, CaptureLine, FrameCounts, SnapshotView
from urval.records import (
    AccountProfile,
    AuthorRole,
    Comment,
    Completeness,
    Direction,
    Edited,
    Gap,
    GapReason,
    MediaItem,
    MediaKind,
    Post,
    Visibility,
)
from urval.source import Thread

if TYPE_CHECKING:
    from pathlib import Path

CAPTURED = datetime(2026, 4, 15, 8, 2, tzinfo=UTC)
START = datetime(2026, 1, 12, 8, 30, tzinfo=UTC)


def paint(path: Path, size: tuple[int, int], hue: int, *, mode: str = "RGB") -> None:
    """Paint a landscape: sky, hills and water in soft colours, the same on every run."""
    width, height = size
    sky = Image.linear_gradient("L").resize(size)
    top, low = Image.new("RGB", size, f"hsl({hue}, 45%, 62%)"), Image.new("RGB", size, f"hsl({hue + 25}, 70%, 90%)")
    picture = Image.composite(low, top, sky)
    draw = ImageDraw.Draw(picture)
    for layer in range(4):
        base = height * (0.48 + 0.13 * layer)
        swing = height * (0.12 - 0.02 * layer)
        line = [
            (
                x,
                base
                - swing * (math.sin(x / width * (3.1 + layer) + hue + layer * 1.7) + 0.4 * math.sin(x / width * 17)),
            )
            for x in range(0, width + 8, 8)
        ]
        colour = f"hsl({hue + 12 * layer}, {30 + 6 * layer}%, {52 - 10 * layer}%)"
        draw.polygon([(0, height), *line, (width, height)], fill=colour)
    draw.ellipse((width * 0.72, height * 0.12, width * 0.72 + height * 0.16, height * 0.28), fill="#fff6df")
    picture.filter(ImageFilter.GaussianBlur(1)).convert(mode).save(path, quality=88)


def paint_arms(path: Path) -> None:
    """Paint a shield-like avatar."""
    picture = Image.new("RGB", (400, 400), "#0b5563")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(110, 90), (290, 90), (290, 220), (200, 320), (110, 220)], fill="#f2c14e")
    for row in range(3):
        draw.line([(120, 150 + 40 * row), (280, 150 + 40 * row)], fill="#0b5563", width=14)
    picture.save(path)


@dataclass
class Samples:
    """Builds records around one folder of media; every call is deterministic."""

    folder: Path
    platform: str = "facebook"
    _made: dict[str, Path] = field(default_factory=dict)

    def media_file(self, item: MediaItem) -> Path | None:
        """Return the bytes of a medium, as a capture would."""
        return self._made.get(item.file or "")

    def medium(self, name: str, owner: str, data: bytes, mime: str, **changes: Any) -> MediaItem:
        """Return a media item of some bytes, kept in the folder by digest."""
        digest = hashlib.sha256(data).hexdigest()
        ending = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4", "image/svg+xml": "svg"}[mime]
        path = self.folder / f"{digest}.{ending}"
        path.write_bytes(data)
        self._made[f"media/{path.name}"] = path
        values: dict[str, Any] = {
            "platform": self.platform, "account_id": "exempelstad", "id": name, "owner_id": owner, "thread_id": None,
            "kind": MediaKind.IMAGE, "source_url": None, "alt_text": None, "mime": mime, "bytes": len(data),
            "sha256": digest, "file": f"media/{path.name}", "width": None, "height": None, "captured_at": CAPTURED,
            "gap": None,
        }  # fmt: skip
        return MediaItem(**{**values, **changes})

    def photo(self, name: str, owner: str, size: tuple[int, int], hue: int, **changes: Any) -> MediaItem:
        """Return a painted photo."""
        path = self.folder / f"paint-{name}.jpg"
        paint(path, size, hue)
        changes = {"width": size[0], "height": size[1], **changes}
        return self.medium(name, owner, path.read_bytes(), "image/jpeg", **changes)

    def missing(self, name: str, owner: str, reason: GapReason, kind: MediaKind = MediaKind.IMAGE) -> MediaItem:
        """Return a medium that could not be had."""
        given = self.medium(name, owner, b"x", "image/jpeg", kind=kind, source_url="https://cdn.example/x.jpg")
        values = {part: getattr(given, part) for part in given.__slots__}
        return MediaItem(**{**values, "sha256": None, "file": None, "bytes": None, "mime": None, "gap": reason})

    def post(self, name: str, text: str, *, day: int = 0, **changes: Any) -> Post:
        """Return a post of the account itself, ``day`` days into the period."""
        values: dict[str, Any] = {
            "platform": self.platform, "account_id": "exempelstad", "id": name,
            "permalink": f"https://social.example/exempelstad/posts/{name}", "kind": "post", "title": None,
            "text": text, "language": None, "created_at": START + timedelta(days=day),
            "updated_at": None, "edited": Edited.NO, "author_id": "100",
            "author_name": "Exempelstad", "author_role": AuthorRole.OWN, "direction": Direction.MADE,
            "in_reply_to": None, "pinned": False, "media_ids": (), "reactions": (), "reaction_count": None,
            "share_count": None, "view_count": None, "platform_comment_count": 0, "visibility": Visibility.VISIBLE,
            "captured_at": CAPTURED, "exchange": "0" * 64, "raw": "{}",
        }  # fmt: skip
        return Post(**{**values, **changes})

    def comment(self, name: str, post: Post, text: str, *, minutes: int = 5, **changes: Any) -> Comment:
        """Return a person's comment, ``minutes`` after the post."""
        values: dict[str, Any] = {
            "platform": self.platform, "account_id": "exempelstad", "post_id": post.id, "id": name, "parent_id": None,
            "depth": 0, "permalink": None, "text": text, "language": None,
            "created_at": post.created_at + timedelta(minutes=minutes), "updated_at": None, "edited": Edited.NO,
            "author_id": None, "author_name": "Maria Lindqvist", "author_role": AuthorRole.PERSON,
            "direction": Direction.RECEIVED, "is_own_answer": False, "hidden": False, "visibility": Visibility.VISIBLE,
            "media_ids": (), "reaction_count": None, "platform_reply_count": None, "captured_at": CAPTURED,
            "exchange": "0" * 64, "raw": "{}",
        }  # fmt: skip
        return Comment(**{**values, **changes})

    def answer(self, name: str, to: Comment, post: Post, text: str, *, minutes: int = 40, **changes: Any) -> Comment:
        """Return the account's own answer to a comment."""
        own = {"author_name": "Exempelstad", "author_role": AuthorRole.OWN, "direction": Direction.MADE,
               "is_own_answer": True, "parent_id": to.id, "depth": to.depth + 1}  # fmt: skip
        return self.comment(name, post, text, minutes=minutes, **{**own, **changes})

    def profile(self, **changes: Any) -> AccountProfile:
        """Return the account's page."""
        values: dict[str, Any] = {
            "platform": self.platform, "account_id": "exempelstad", "id": "100", "handle": "exempelstad",
            "name": "Exempelstad",
            "about": "Exempelstads officiella sida. Här berättar vi vad som händer i staden och svarar på dina frågor "
                     "vardagar 8–16.\nSkriv inga personuppgifter i kommentarerna. 💙",
            "url": "https://social.example/exempelstad", "links": ("https://www.exempelstad.example",),
            "avatar_media_id": "avatar", "cover_media_id": "cover", "followers": 41872, "likes": 39510, "posts": 2210,
            "captured_at": CAPTURED, "exchange": "0" * 64, "raw": "{}",
        }  # fmt: skip
        return AccountProfile(**{**values, **changes})

    def view(self, threads: list[Thread], **changes: Any) -> SnapshotView:
        """Return a view over some threads, each kept by two rules and complete but for what its gaps say."""
        arms = self.folder / "arms.png"
        paint_arms(arms)
        values: dict[str, Any] = {
            "language": "sv", "timezone": "Europe/Stockholm", "archive_name": "Exempelstads kommun, kommunstyrelsen",
            "account": AccountEntry(name="Exempelstad", purpose="Samhällsinformation och dialog med invånarna",
                                    account_class="Huvudkonto", owner="Kommunikationschefen"),
            "platform_name": "Facebook", "profile": self.profile(),
            "avatar": self.medium("avatar", "100", arms.read_bytes(), "image/png", kind=MediaKind.AVATAR),
            "cover": self.photo("cover", "100", (1640, 624), 195, kind=MediaKind.COVER),
            "period_start": datetime(2025, 12, 31, 23, tzinfo=UTC), "period_end": datetime(2026, 6, 30, 22, tzinfo=UTC),
            "occasion": "Vårens uttag 2026 (13–24 april)",
            "capture": CaptureLine(interface="Graph API", api_version="v25.0", captured_at=CAPTURED,
                                   digest=hashlib.sha256(b"capture").hexdigest()),
            "why": {thread.post.id: ["Veckan i april, allt", "Flest kommentarer"] for thread in threads},
            "completeness": {thread.post.id: counted(thread) for thread in threads},
            "gaps": (Gap(account_id="exempelstad", thread_id=None, what="stories", subject_id=None,
                         reason=GapReason.REFUSED, error="(#10) Application does not have permission for this action",
                         first_tried_at=CAPTURED, last_tried_at=CAPTURED),),
            "counts": FrameCounts(frame=214, kept=len(threads), dropped=214 - len(threads) - 2, excluded=2),
            "document_date": CAPTURED, "package_id": "exempelstad-facebook-2026-1",
        }  # fmt: skip
        return SnapshotView(**{**values, **changes})


def counted(thread: Thread) -> Completeness:
    """Return a thread's completeness; what the platform counts beyond the captured ones is listed to nobody."""
    captured, platform = len(thread.comments), thread.post.platform_comment_count
    difference = None if platform is None else platform - captured
    reasons = (("not_listed", difference),) if difference else ()
    return Completeness(account_id="exempelstad", thread_id=thread.post.id, platform_count=platform,
                        captured_count=captured, difference=difference, reasons=reasons)  # fmt: skip


def city(samples: Samples) -> list[Thread]:
    """Return five threads that show what a real account holds."""
    return [_bridge(samples), _album(samples), _arabic(samples), _film(samples), _quiet(samples)]


def _bridge(samples: Samples) -> Thread:
    text = ("Nu öppnar vi den nya gång- och cykelbron över Exempelån! 🎉\n\n"
            "Bron är 84 meter lång, byggd i trä från Småland, och ligger på samma plats som färjan en gång gjorde. "
            "Invigning lördag kl. 11 med musik, kaffe och tipspromenad.\n\nVarmt välkomna!")  # fmt: skip
    post = samples.post("100_2001", text, pinned=True, media_ids=("bridge",), platform_comment_count=9,
                        reactions=(("LIKE", 412), ("LOVE", 96), ("WOW", 21), ("ANGRY", 3)), reaction_count=532,
                        share_count=48, edited=Edited.YES, updated_at=START + timedelta(hours=3))  # fmt: skip
    ask = samples.comment("c1", post, "Så fin! Är den öppen för cyklar redan i dag, och blir den belyst på vintern?",
                          reaction_count=14)  # fmt: skip
    answer = samples.answer("c2", ask, post, "Hej Maria! Ja, bron är öppen för både gående och cyklister nu. "
                            "Belysningen tänds i oktober.\n\nHälsningar Sara", reaction_count=6)  # fmt: skip
    thanks = samples.comment("c3", post, "Tack för snabbt svar! 🙏", minutes=55, parent_id="c2", depth=2)
    angry = samples.comment("c4", post, "Och vad kostade detta? Vi har skolor som rasar.", minutes=90,
                            author_name="Göran Åkesson", reaction_count=31, edited=Edited.YES)  # fmt: skip
    cost = samples.answer("c5", angry, post, "Hej Göran. Bron kostade 31,4 miljoner kronor, varav 15 i statligt stöd.",
                          minutes=200)  # fmt: skip
    hidden = samples.comment("c6", post, "Köp billiga klockor här!!!", minutes=300, author_name="Best Deals",
                             hidden=True, author_role=AuthorRole.UNKNOWN, visibility=Visibility.HIDDEN)  # fmt: skip
    picture = samples.comment("c7", post, "Bild från i morse 😍👩‍👩‍👧", minutes=320, author_name="Nour Haddad",
                              media_ids=("m7",))  # fmt: skip
    media = (samples.photo("bridge", post.id, (1600, 1067), 205,
                           alt_text="Den nya träbron en klar vintermorgon, sedd från kajen"),
             samples.photo("m7", "c7", (900, 1200), 30))  # fmt: skip
    return Thread(post=post, comments=(answer, ask, thanks, angry, cost, hidden, picture), media=media)


def _album(samples: Samples) -> Thread:
    post = samples.post("100_2002", "Påskmarknaden i bilder. Tack alla 6 000 besökare!", day=60, kind="album",
                        media_ids=("a1", "a2", "a3", "a4", "a5"), platform_comment_count=1)  # fmt: skip
    sizes = ((1200, 800), (800, 1100), (1200, 800), (1000, 1000))
    media = [samples.photo(f"a{n}", post.id, size, 40 * n) for n, size in enumerate(sizes, 1)]
    media.append(samples.missing("a5", post.id, GapReason.GONE))
    only = samples.comment("d1", post, "Var det verkligen 6 000? Imponerande.", author_name="Åsa Öhrn")
    return Thread(post=post, comments=(only,), media=tuple(media), gaps=(
        Gap(account_id="exempelstad", thread_id=post.id, what="media", subject_id="a5", reason=GapReason.GONE,
            error="404 Not Found", first_tried_at=CAPTURED, last_tried_at=CAPTURED),))  # fmt: skip


def _arabic(samples: Samples) -> Thread:
    post = samples.post("100_2003", "مواعيد جديدة للمكتبة: من الاثنين إلى السبت، ١٠–١٨.\n\n"
                        "Nya öppettider på biblioteket: måndag–lördag 10–18.\n\nПо-русски: спросите в библиотеке. "
                        "ቤተ መጻሕፍት። ห้องสมุด पुस्तकालय",
                        day=72,
                        platform_comment_count=2)  # fmt: skip
    ask = samples.comment("e1", post, "هل المكتبة مفتوحة يوم الأحد؟", author_name="نور حداد", language="ar")
    answer = samples.answer("e2", ask, post, "Hej! Nej, söndagar har vi stängt. لا، المكتبة مغلقة يوم الأحد.")
    return Thread(post=post, comments=(ask, answer))


def _film(samples: Samples) -> Thread:
    post = samples.post("100_2004", "Så här byggdes bron, på 90 sekunder.", day=80, kind="reel", media_ids=("film",),
                        view_count=18200, platform_comment_count=None)  # fmt: skip
    film = samples.medium("film", post.id, b"\x00\x00\x00\x18ftypmp42" + bytes(5000), "video/mp4", kind=MediaKind.VIDEO)
    lost = samples.comment("f1", post, "Svar på något som togs bort", author_name=None, author_role=AuthorRole.UNKNOWN,
                           parent_id="gone", depth=1, visibility=Visibility.DELETED_BY_US)  # fmt: skip
    return Thread(post=post, comments=(lost,), media=(film,))


def _quiet(samples: Samples) -> Thread:
    post = samples.post("100_2005", "", day=91, kind="share", permalink=None)
    return Thread(post=post)
