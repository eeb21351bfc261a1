"""The fixture ``wordpress``: a real WordPress from Debian's packages, with MariaDB and PHP's own server, on loopback.

Set-up by files and one PHP script, as nobody can click here; contents go in through REST (``_wordpress_content``).
The database listens on a socket file only.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PACKAGED = Path("/usr/share/wordpress")
_START_SECONDS = 60
_STOP_SECONDS = 15
_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'wp');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_ENVIRONMENT_TYPE', 'local');   // application passwords over plain HTTP
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);   // no outgoing calls
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $k) {
    define("{$k}_KEY", "k-$k"); define("{$k}_SALT", "s-$k");
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && is_file(__DIR__ . '/site' . $path)) return false;   // php -S serves real files
$_SERVER['SCRIPT_NAME'] = '/index.php';
chdir(__DIR__ . '/site');
require __DIR__ . '/site/index.php';
"""
_BOOTSTRAP = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1:%(port)d'; $_SERVER['REQUEST_URI'] = '/';
require 'site/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Nyheter från Provköping', 'admin', 'admin@example.org', true, '', 'adminpw');
foreach (['siteurl' => 'http://127.0.0.1:%(port)d', 'home' => 'http://127.0.0.1:%(port)d',
          'permalink_structure' => '/%%year%%/%%monthnum%%/%%postname%%/', 'timezone_string' => 'Europe/Stockholm',
          'comment_moderation' => 0, 'comment_previously_approved' => 0] as $k => $v) update_option($k, $v);
flush_rewrite_rules();
[$password] = WP_Application_Passwords::create_new_application_password(1, ['name' => 'tests']);
echo $password;
"""


@dataclass(frozen=True, slots=True)
class WordPress:
    """A running site: its address, its folder, and the administrator's application password."""

    url: str
    folder: Path
    password: str

    def rest(self, method: str, path: str, **more: Any) -> Any:
        """Make a call as administrator, and return the answer's JSON."""
        answer = requests.request(
            method, f"{self.url}/wp-json/wp/v2/{path}", auth=("admin", self.password), timeout=30, **more
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """Yield a fresh site with nothing on it but what WordPress puts there itself."""
    if not _PACKAGED.is_dir():
        pytest.skip("WordPress is not installed: see tests/system_packages.py")
    with running_wordpress(tmp_path_factory.mktemp("wordpress")) as site:
        yield site


@contextmanager
def running_wordpress(folder: Path) -> Iterator[WordPress]:
    """Run database and site with everything they write in ``folder``."""
    port = _free_port()
    site = folder / "site"
    shutil.copytree(_PACKAGED, site, ignore_dangling_symlinks=True)  # the package is full of links
    (site / "wp-content" / "uploads").mkdir(parents=True, exist_ok=True)
    with _database(folder) as place:
        (site / "wp-config.php").unlink(missing_ok=True)
        (site / "wp-config.php").write_text(_CONFIG % {"socket": place}, encoding="utf-8")
        (folder / "router.php").write_text(_ROUTER, encoding="utf-8")
        (folder / "bootstrap.php").write_text(_BOOTSTRAP % {"port": port}, encoding="utf-8")
        password = _said(["php", "bootstrap.php"], folder).split()
        sizes = ["-d", "upload_max_filesize=50M", "-d", "post_max_size=60M"]
        command = ["php", *sizes, "-S", f"127.0.0.1:{port}", "-t", "site", "router.php"]
        with _running(command, folder, "php.log", PHP_CLI_SERVER_WORKERS="4") as process:
            url = f"http://127.0.0.1:{port}"
            _wait(lambda: _answers(f"{url}/wp-json/"), process, folder / "php.log")
            yield WordPress(url, folder, password[-1])


@contextmanager
def _database(folder: Path) -> Iterator[Path]:
    """Run MariaDB, listening on the socket file that is given."""
    data = folder / "db"
    user = f"--user={getpass.getuser()}"  # whose folder it is: another user cannot enter pytest's folders
    install = ["mariadb-install-db", user, f"--datadir={data}", "--auth-root-authentication-method=normal"]
    _said(install, folder)
    place = data / "s.sock"
    command = [
        *("mariadbd", "--no-defaults", user, f"--datadir={data}", "--skip-networking", f"--socket={place}"),
        *(f"--pid-file={data}/pid", "--innodb-flush-log-at-trx-commit=0"),
    ]
    with _running(command, folder, "db.log") as process:
        client = ["--no-defaults", f"--socket={place}", "--user=root"]
        _wait(lambda: _succeeds(["mariadb-admin", *client, "ping"]), process, folder / "db.log")
        make = (
            "create database wp character set utf8mb4; create user wp@localhost identified by 'wp'; "
            "grant all on wp.* to wp@localhost"
        )
        _said(["mariadb", *client, "-e", make], folder)
        yield place


@contextmanager
def _running(command: list[str], folder: Path, log: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a process group of its own: PHP's workers outlive their parent."""
    with (folder / log).open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment() | environment, stdout=output, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment() -> dict[str, str]:
    """Return an environment in which Debian's server programs are found, whoever runs this."""
    return {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}


def _said(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False, timeout=_START_SECONDS
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    return done.stdout


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, env=_environment(), capture_output=True, check=False, timeout=10).returncode == 0


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False


def _wait(is_ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"It did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
