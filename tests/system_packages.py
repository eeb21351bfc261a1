"""Install, or name, the Debian packages the tests need: veraPDF's runtime, a WordPress, PDF and key tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# package -> what must exist when it is there
NEEDED = {
    "default-jdk-headless": "javac",
    "libjaxb-java": "/usr/share/java/jaxb-runtime.jar",
    "libjaxb-api-java": "/usr/share/java/jaxb-api.jar",
    "poppler-utils": "pdftoppm",
    "chromium": "chromium",
    "wordpress": "/usr/share/wordpress/wp-load.php",
    "php-cli": "php",
    "php-mysql": "/usr/share/doc/php-mysql",
    "php-gd": "/usr/share/doc/php-gd",
    "php-xml": "/usr/share/doc/php-xml",
    "mariadb-server": "mariadbd",
    "openssl": "openssl",
    "openssh-client": "ssh-keygen",
}


def missing() -> list[str]:
    """Return the packages that are not installed."""
    return [package for package, proof in NEEDED.items() if not _there(proof)]


def _there(proof: str) -> bool:
    """Tell whether a file, or a program of that name, is there."""
    if proof.startswith("/"):
        return Path(proof).exists()
    return shutil.which(proof) is not None or Path("/usr/sbin", proof).exists()


def main() -> int:
    """Install what is missing as root; otherwise name it. In CI a missing package is an error."""
    wanted = missing()
    if not wanted:
        return 0
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *wanted]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        print("installing", *wanted, flush=True)
        subprocess.run(["apt-get", "update", "-q"], env=quiet, check=True, stdout=subprocess.DEVNULL)
        return subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode
    print("Some tests need Debian packages that are not installed. As root:\n  " + " ".join(command), file=sys.stderr)
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
