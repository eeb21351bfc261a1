"""Run the sandbox in the foreground: ``python -m connectors.sandbox --seed 1 --posts 60``. Ends on Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime

from connectors.sandbox import City, Sandbox


def main() -> None:
    """Serve a city until interrupted, and say where."""
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description="Fake platforms of Exempelstad.")
    parser.add_argument("--seed", type=int, default=1, help="chooses every word and picture")
    parser.add_argument("--posts", type=int, default=70, help="posts of the main Page within the window")
    parser.add_argument("--comments", type=float, default=6.0, help="mean number of comments a post")
    chosen = parser.parse_args()
    demo = City.demo()
    city = City.generate(
        seed=chosen.seed, posts=chosen.posts, comments_mean=chosen.comments, start=demo.start, end=demo.end
    )
    with Sandbox(city, clock=lambda: datetime.now(UTC)) as sandbox, suppress(KeyboardInterrupt):
        for host, address in sandbox.connect_to.items():
            sys.stdout.write(f"{host} -> {address}\n")
        for account, token in sandbox.tokens.items():
            sys.stdout.write(f"token of {account}: {token}\n")
        sys.stdout.write("Ctrl-C ends it.\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
