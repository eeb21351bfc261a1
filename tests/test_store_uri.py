"""What must hold for the URI that names a store."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from urval.errors import ConfigError, StoreError
from urval.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "",
            "a\nb",
            "gs://bucket",
            "s3:bucket",
            "s3://",
            "s3://B",
            "s3://[bucket",
            "s3://bucket#x",
            "s3://bucket/../x",
        ),
        *("file:x", "file://host/x", "s3://bucket?endpoint=ftp://x", "s3://bucket?endpoint=http://h:99999"),
        *("s3://bucket?colour=red", "s3://bucket?region=a&region=b", "s3://bucket?lock=NONE&retain_days=1"),
        *("s3://bucket?lock=GOVERNANCE", "s3://bucket?retain_days=1", "s3://bucket?lock=GOVERNANCE&retain_days=0"),
    ],
)
def test_a_store_uri_with_a_mistake_is_refused(uri: str) -> None:
    """A URI that is no store's is refused with what to do about it."""
    with pytest.raises(ConfigError, match="store") as caught:
        open_store(uri)
    assert caught.value.next_step


@pytest.mark.parametrize(
    "uri",
    [
        *("s3://AKIA:hemligt@bucket/x", "s3://hemligt@bucket", "s3://bucket?endpoint=https://u:hemligt@host"),
        *("s3://bucket?aws_secret_access_key=hemligt", "file://u:hemligt@localhost/x"),
    ],
)
def test_credentials_in_a_store_uri_are_refused_and_not_repeated(uri: str) -> None:
    """Secrets belong in the environment; a URI that carries one is refused without saying it again."""
    with pytest.raises(ConfigError) as caught:
        open_store(uri)
    assert "hemligt" not in caught.value.diagnostics()


def test_a_folder_is_named_by_path_or_file_uri(tmp_path: Path) -> None:
    """A path and a file URI open the same directory; a reader's mistyped path is told, and opening writes nothing."""
    (tmp_path / "å b").mkdir()
    assert (
        open_store(f"file://{tmp_path}/%C3%A5%20b").uri
        == open_store(str(tmp_path / "å b")).uri
        == str(tmp_path / "å b")
    )
    with pytest.raises(StoreError, match="no store at"):
        open_store(str(tmp_path / "absent"), must_exist=True)
    assert not open_store(str(tmp_path / "absent")).tree_exists("p", "manifest.json")
    assert not (tmp_path / "absent").exists()


def test_boto3_is_needed_by_s3_only(tmp_path: Path) -> None:
    """Without boto3 a directory store opens, and an S3 store says what to install."""
    code = (
        "import sys; sys.modules['boto3'] = None\n"
        "from urval.errors import ConfigError\nfrom urval.store import open_store\n"
        "open_store(sys.argv[1]).put('a', b'x'); assert 'botocore' not in sys.modules\n"
        "try: open_store('s3://bucket')\nexcept ConfigError as error: print(error.next_step)"
    )
    answer = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert answer.stdout == "Install it with: pip install 'urval[run]'\n"
