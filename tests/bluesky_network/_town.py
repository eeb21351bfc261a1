"""A town on the real network: an account and two residents, what they wrote, and what they did to it afterwards."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from _network import Network

POST = "app.bsky.feed.post"
CHAIN = 13  # levels of the longest talk
POSTS = 30


class Resident:
    """Somebody with an account at the data server, who writes."""

    def __init__(self, network: Network, name: str) -> None:
        self._pds = network.pds_url
        told = {"handle": f"{name}.test", "email": f"{name}@exempelstad.example", "password": f"{name}-losen"}
        answer = requests.post(f"{self._pds}/xrpc/com.atproto.server.createAccount", json=told, timeout=30)
        assert answer.ok, answer.text
        session = answer.json()
        self.did = str(session["did"])
        self._headers = {"Authorization": f"Bearer {session['accessJwt']}"}

    def call(self, method: str, **body: object) -> dict[str, object]:
        """Call a method that writes."""
        answer = requests.post(f"{self._pds}/xrpc/{method}", json=body, headers=self._headers, timeout=30)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def write(self, collection: str, record: Mapping[str, object], **more: str) -> dict[str, str]:
        """Write a record; return its address and identifier."""
        made = self.call("com.atproto.repo.createRecord", repo=self.did, collection=collection, record=record, **more)
        return {"uri": str(made["uri"]), "cid": str(made["cid"])}

    def upload(self, data: bytes, mime: str) -> object:
        """Upload a blob; return how records name it."""
        headers = {**self._headers, "Content-Type": mime}
        answer = requests.post(f"{self._pds}/xrpc/com.atproto.repo.uploadBlob", data=data, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()["blob"]


class Town:
    """The account and two residents, and what they wrote."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.network = network
        self.own, self.asa, self.bo = (Resident(network, name) for name in ("exempelstad", "asa", "bosse"))
        self.texts: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.pictures: dict[str, str] = {}
        self._folder, self._now = folder, datetime.now(UTC) - timedelta(days=2)
        profile = {"$type": "app.bsky.actor.profile", "displayName": "Exempelstad", "description": "Påhittad"}
        self.own.call(
            "com.atproto.repo.putRecord", repo=self.own.did, collection="app.bsky.actor.profile", rkey="self",
            record=profile,
        )  # fmt: skip
        self.posts = [self._post(number) for number in range(POSTS)]
        self._talk()
        self._changes()

    def _stamp(self) -> str:
        self._now += timedelta(seconds=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def _say(self, who: Resident, text: str, **more: Any) -> dict[str, str]:
        record = {"$type": POST, "text": text, "createdAt": self._stamp(), "langs": ["sv"], **more}
        made = who.write(POST, record)
        self.texts[made["uri"]] = text
        return made

    def _post(self, number: int) -> dict[str, str]:
        if number % 3:
            return self._say(self.own, f"Inlägg {number}: å, ä, ö och 🚲")
        path = self._folder / f"{number}.png"
        Image.new("RGB", (40 + number, 30), (number * 8, 90, 120)).save(path)
        image = {"alt": f"Bild {number}", "image": self.own.upload(path.read_bytes(), "image/png")}
        made = self._say(self.own, f"Inlägg {number}", embed={"$type": "app.bsky.embed.images", "images": [image]})
        self.pictures[made["uri"]] = hashlib.sha256(path.read_bytes()).hexdigest()
        return made

    def answer(self, who: Resident, parent: dict[str, str], root: dict[str, str], text: str) -> dict[str, str]:
        """Let somebody answer."""
        made = self._say(who, text, reply={"root": root, "parent": parent})
        self.parents[made["uri"]] = parent["uri"]
        return made

    def _talk(self) -> None:
        self.long, self.cut, self.gated = self.posts[0], self.posts[1], self.posts[2]
        below, self.chain = self.long, []
        for level in range(CHAIN):
            below = self.answer((self.asa, self.own, self.bo)[level % 3], below, self.long, f"Nivå {level}")
            self.chain.append(below["uri"])
        self.middle = self.answer(self.asa, self.cut, self.cut, "Raderas senare")
        self.saved = self.answer(self.bo, self.middle, self.cut, "Under det raderade")
        self.rescuer = self.answer(self.own, self.saved, self.cut, "Kommunens svar")
        self.lost = self.answer(self.bo, self.answer(self.asa, self.cut, self.cut, "Också raderat"), self.cut, "Borta")
        self.hidden = self.answer(self.bo, self.gated, self.gated, "Döljs")
        self.answer(self.asa, self.gated, self.gated, "Syns")
        self.shared = self._say(self.asa, "Något att dela")
        share = {"$type": "app.bsky.feed.repost", "subject": self.shared, "createdAt": self._stamp()}
        self.share = self.own.write("app.bsky.feed.repost", share)["uri"]

    def _changes(self) -> None:
        for who, uri in ((self.asa, self.middle["uri"]), (self.asa, self.parents[self.lost["uri"]])):
            who.call("com.atproto.repo.deleteRecord", repo=who.did, collection=POST, rkey=uri.rpartition("/")[2])
            self.texts.pop(uri)
        gone = self.posts.pop()["uri"]
        self.own.call("com.atproto.repo.deleteRecord", repo=self.own.did, collection=POST, rkey=gone.rpartition("/")[2])
        self.texts.pop(gone)
        self.edited = self.posts[4]["uri"]
        self.texts[self.edited] = "Rättelse: rätt dag"
        record = {"$type": POST, "text": self.texts[self.edited], "createdAt": self._stamp(), "langs": ["sv"]}
        self.own.call(
            "com.atproto.repo.putRecord", repo=self.own.did, collection=POST, rkey=self.edited.rpartition("/")[2],
            record=record,
        )  # fmt: skip
        gate = {
            "$type": "app.bsky.feed.threadgate", "post": self.gated["uri"], "createdAt": self._stamp(),
            "hiddenReplies": [self.hidden["uri"]],
        }  # fmt: skip
        self.own.write("app.bsky.feed.threadgate", gate, rkey=self.gated["uri"].rpartition("/")[2])

    def settle(self) -> None:
        """Wait until the AppView has seen the last change."""
        address = f"{self.network.app_url}/xrpc/app.bsky.feed.getPostThread"
        deadline = time.monotonic() + 60
        while True:
            seen = requests.get(address, params={"uri": self.gated["uri"]}, timeout=10)
            if seen.ok and "threadgate" in seen.json() and len(seen.json()["thread"]["replies"]) == 2:
                return
            assert time.monotonic() < deadline, f"the AppView lags: {seen.text[:500]}"
            time.sleep(0.5)
