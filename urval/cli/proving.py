"""The proofs that the reading room hands out: made by :mod:`urval.package.proof` from the package in the store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from urval.cli.prove import Stored, require_good, restricted_in

if TYPE_CHECKING:
    from urval.reading_room.objects import PackageObjects


class StoreProver:
    """Makes proofs, each judged before it leaves as any stranger will judge it; see docs/proof.md."""

    def proof(
        self,
        package: PackageObjects,
        post: str,
        comment: str | None,
        *,
        alone: bool = False,
        despite: str | None = None,
    ) -> bytes:
        """Return the bytes of a proof file.

        Raises:
            ConfigError: The package holds no such item.
            PackageError: It is damaged, or access is restricted and nobody said why it is made all the same.
            StoreError: The store cannot be reached.
        """
        from urval.package.proof import Item, make_proof

        with tempfile.TemporaryDirectory(prefix="urval-prove-") as name:
            files = Stored(package.store, package.prefix, Path(name))
            restricted = restricted_in(package.store, package.prefix)
            made = make_proof(files, Item(post, comment), alone=alone, restricted=restricted, despite=despite)
        require_good(made, f"{post}.proof.json")
        return made.data
