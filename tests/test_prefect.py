"""The flow on a real Prefect server: deployed as ``prefect.yaml`` stands, run by a worker, and by command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from _program import TIME, city_program, packages_of, tree_but_stamps

from connectors.sandbox import LEADER, MAIN

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from _prefect_server import PrefectServer
    from _program import Program

    from connectors.sandbox import Sandbox

pytest_plugins = ("_prefect_server",)
pytestmark = pytest.mark.server
_DEPLOYMENT = "capture/exempelstad"
_RUN_SECONDS = 300


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Sandbox]]:
    """Give a program that reaches the sandbox, and the sandbox."""
    with city_program(tmp_path_factory.mktemp("city")) as both:
        yield both


@pytest.fixture(scope="module")
def deployed(prefect_server: PrefectServer) -> PrefectServer:
    """Return a server on which the commands of ``prefect.yaml``, as its head names them, were given."""
    prefect_server.prefect("work-pool", "create", "urval", "--type", "process")
    prefect_server.prefect("--no-prompt", "deploy", "--all")
    return prefect_server


@pytest.fixture(scope="module")
def by_command(city: tuple[Program, Sandbox], prefect_server: PrefectServer) -> subprocess.CompletedProcess[str]:
    """Capture from the command line, with the server running."""
    return city[0].capture(PREFECT_API_URL=prefect_server.api)


@pytest.fixture(scope="module")
def by_worker(city: tuple[Program, Sandbox], deployed: PrefectServer) -> Path:
    """Run the deployment on a process worker, and return the store it wrote."""
    program, _ = city
    store = program.folder / "scheduled"
    names = (
        "URVAL_CONNECT_TO", "URVAL_SANDBOX_TOKEN", "URVAL_SANDBOX_TOKEN_LEADER", "URVAL_SCRATCH", "URVAL_KEYS",
        "URVAL_KEY_PASSPHRASE",
    )  # fmt: skip
    actor = program.environment.get("USER", "unknown")  # the packages name who approved
    values = (f"store={store}", f"fixed_time={TIME}", "approve_unseen=true", f"actor={actor}")
    common = [part for value in values for part in ("--param", value)]
    with deployed.worker("urval", **{name: program.environment[name] for name in names}):
        command = ("deployment", "run", _DEPLOYMENT, "--watch", *common, "--param")
        said = deployed.prefect(*command, "occasion=2026-host", timeout=_RUN_SECONDS)
        assert finished(deployed)["state_type"] == "COMPLETED", f"{said}\n{deployed.logs()}"
        deployed.prefect(*command, "occasion=2027-var", timeout=_RUN_SECONDS, succeeds=False)
    return store


def finished(server: PrefectServer) -> Any:
    """Return the deployment's newest run that is not waiting for its time."""
    return server.ask(
        "flow_runs/filter", deployments={"name": {"any_": ["exempelstad"]}}, sort="START_TIME_DESC", limit=1,
        flow_runs={"state": {"type": {"not_any_": ["SCHEDULED"]}}},
    )[0]  # fmt: skip


def test_the_command_uses_a_running_server(
    city: tuple[Program, Sandbox], by_command: subprocess.CompletedProcess[str], prefect_server: PrefectServer
) -> None:
    """With ``PREFECT_API_URL`` set the command archives all accounts, and the server has the run."""
    assert by_command.returncode == 0, by_command.stderr
    assert len(packages_of(city[0].store)) == 3
    runs = prefect_server.ask("flow_runs/filter", flows={"name": {"any_": ["capture"]}})
    assert any(run["deployment_id"] is None and run["state_type"] == "COMPLETED" for run in runs)


def test_a_worker_makes_the_same_packages(
    city: tuple[Program, Sandbox], by_command: subprocess.CompletedProcess[str], by_worker: Path
) -> None:
    """Packages and captures of a scheduled run are byte for byte those of a run by command."""
    assert by_command.returncode == 0, by_command.stderr
    program, _ = city
    assert len(packages_of(by_worker)) == 3
    for part in ("packages", "captures"):
        assert tree_but_stamps(by_worker / part) == tree_but_stamps(program.store / part)
    verified = program.run("verify", by_worker)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_run_that_cannot_be_is_told_on_the_server(deployed: PrefectServer, by_worker: Path) -> None:
    """A run for an occasion that lies in the future fails, and its state on the server says why in one sentence."""
    assert by_worker.is_dir()
    run = finished(deployed)
    assert run["state_type"] == "FAILED"
    assert "window of occasion '2027-var' lies in the future" in run["state"]["message"]


def test_a_server_that_does_not_answer_is_told(city: tuple[Program, Sandbox], tmp_path: Path) -> None:
    """With ``PREFECT_API_URL`` set and no server there, the command says so and what to do, and stores nothing."""
    run = city[0].capture("--store", tmp_path / "store", PREFECT_API_URL="http://127.0.0.1:1/api")
    assert run.returncode == 2
    assert "Prefect server at http://127.0.0.1:1/api does not answer" in run.stderr
    assert "unset PREFECT_API_URL" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "store").exists()


def test_the_schedule_is_on_the_server(deployed: PrefectServer) -> None:
    """The server has the schedule in local time, one run at a time, and parameters that follow the calendar."""
    (deployment,) = deployed.ask("deployments/filter", deployments={"name": {"any_": ["exempelstad"]}})
    (schedule,) = deployment["schedules"]
    assert schedule["active"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("0 3 2 5,11 *", "Europe/Stockholm")
    assert deployment["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert deployment["global_concurrency_limit"]["limit"] == 1
    assert deployment["parameters"] == {"spec": "archive_specs/exempelstad.yaml", "occasion": "due"}


def test_no_token_is_in_anything_prefect_keeps(
    city: tuple[Program, Sandbox], deployed: PrefectServer, by_worker: Path
) -> None:
    """Database, results, settings and logs of server and worker hold none of the tokens; they do hold the run."""
    assert by_worker.is_dir()
    kept = {path: path.read_bytes() for path in sorted(deployed.folder.rglob("*")) if path.is_file()}
    assert len(kept) >= 4  # database, its log, the logs of server and worker
    database = b"".join(data for path, data in kept.items() if path.name.startswith("prefect.db"))
    for known in (b"exempelstad-facebook", b"verified, valid"):  # the run, and what it logged
        assert known in database, deployed.logs()
    for token in (city[1].tokens[MAIN], city[1].tokens[LEADER]):
        assert [path for path, data in kept.items() if token.encode() in data] == []
