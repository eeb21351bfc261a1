"""Building a package: tables, snapshot, media, raw objects, spec, manifest, as a BagIt bag (docs/format.md).

The package is a pure consequence of the capture, the spec and the software: same input, same bytes. Nothing here
reads a clock, the network or the store.
"""

from urval.package.build import Built, PackageRequest, build_package

__all__ = ["Built", "PackageRequest", "build_package"]
