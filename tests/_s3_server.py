"""The fixture ``s3``: a real S3 server (SeaweedFS ``weed mini``) on loopback, with a writer and a reader."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

WRITER = ("test-admin", "test-admin-secret")
READER = ("test-reader", "test-reader-secret")
_IDENTITIES = {
    "identities": [
        {
            "name": "admin",
            "credentials": [{"accessKey": WRITER[0], "secretKey": WRITER[1]}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": READER[0], "secretKey": READER[1]}],
            "actions": ["Read", "List"],
        },
    ]
}
_GRPC_OFFSET = 10_000  # every SeaweedFS port has a twin for gRPC
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server: where it listens, and its process."""

    endpoint: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End the server as a power cut does: kill -9, with no chance to write anything more."""
        self.process.kill()
        self.process.wait()

    def client(self, identity: tuple[str, str] = WRITER) -> Any:
        """Return a boto3 client, for what a store cannot do: making buckets, deleting, looking at versions."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=identity[0],
            aws_secret_access_key=identity[1],
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )

    def environment(self, identity: tuple[str, str] = WRITER) -> dict[str, str]:
        """Return the variables boto3 reads credentials from; the cloud's own sources are shut off."""
        return {
            "AWS_ACCESS_KEY_ID": identity[0],
            "AWS_SECRET_ACCESS_KEY": identity[1],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def bucket(self, name: str, *, lock: bool = False) -> str:
        """Create a bucket, with Object Lock when told, and return its name."""
        client = self.client()
        # On a busy machine the first answer may get lost, and what is asked again is there already.
        with suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
        return name

    def uri(self, place: str, **query: str) -> str:
        """Return the store URI of ``bucket`` or ``bucket/prefix``."""
        extra = "".join(f"&{name}={value}" for name, value in query.items())
        return f"s3://{place}?endpoint={self.endpoint}&region=us-east-1{extra}"


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Yield a real S3 server; it is ended by its process id."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def serve_s3() -> Callable[[Path], AbstractContextManager[S3Server]]:
    """Return what runs a server of the test's own in a folder: one that can be killed, and started there again."""
    return running_s3


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """Run the server on free ports, with its data in ``folder``: also with those that an earlier one left there."""
    (folder / "s3.json").write_text(json.dumps(_IDENTITIES))
    (folder / "data").mkdir(exist_ok=True)
    ports = _free_ports(5)
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(_command(ports), cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            server = S3Server(f"http://127.0.0.1:{ports[0]}", process)
            _wait_until_it_stores(server, process, folder / "weed.log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _remove_sockets(ports)


def _command(ports: list[int]) -> list[str]:
    s3_port, master, volume, filer, admin = ports
    # Both addresses are needed, else it listens on the outer one. The last three would take fixed ports.
    return [
        str(Path(sys.executable).with_name("weed")),
        *("mini", "-dir=data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.config=s3.json"),
        *(f"-s3.port={s3_port}", f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"),
        *(f"-admin.port={admin}", "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
    ]


def _free_ports(count: int) -> list[int]:
    chosen: list[int] = []
    while len(chosen) < count:
        port = random.randint(20_000, 32_000)
        if port not in chosen and _is_free(port) and _is_free(port + _GRPC_OFFSET):
            chosen.append(port)
    return chosen


def _remove_sockets(ports: list[int]) -> None:
    """Remove what the server leaves in the folder for temporary files."""
    for port in ports:
        for number in (port, port + _GRPC_OFFSET):
            for left in Path("/tmp").glob(f"seaweedfs-*-{number}.sock"):
                left.unlink(missing_ok=True)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _wait_until_it_stores(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a put succeeded: the port opens before the server can store anything."""
    client = server.client()
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
                client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="ready", Body=b"")
        except (BotoCoreError, ClientError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The S3 server did not start: {log.read_text(errors='replace')[-2000:]}") from error
            time.sleep(0.1)
        else:
            return
