"""The reading room against its own OpenAPI description: what it allows is answered as it says, all else is refused."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from _reading_room import room_over, visitor
from _room_pages import found
from _room_store import room_store, spec_of
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from urval.cli.desk import ArchiveDesk
from urval.cli.proving import StoreProver
from urval.reading_room import Role, Services, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

FEW = settings(
    max_examples=5, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

# What is well formed may still make no sense, and is refused with 400: the results of a search for nothing, say.
MAKES_NO_SENSE = [positive_data_acceptance]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Return the room over the rich store, for whoever may do everything."""
    store = room_store()
    specs = (spec_of(store),)
    services = Services(prover=StoreProver(), desk=ArchiveDesk(str(store), specs))
    room = room_over(store, tmp_path_factory.mktemp("room"), specs=specs, services=services)
    return create_app(room, visitor=visitor(Role.ADMINISTRATOR))


@pytest.fixture(scope="module")
def asking(app: FastAPI) -> Iterator[TestClient]:
    """Give one client for all questions; it shows what a browser would be shown, also where that is a fault."""
    with TestClient(
        app, base_url="http://127.0.0.1", follow_redirects=False, raise_server_exceptions=False
    ) as client:  # fmt: skip
        yield client


@pytest.fixture(scope="module")
def schema(app: FastAPI) -> Any:
    """Return the description."""
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers={"host": "127.0.0.1"})


def test_what_the_description_allows_is_answered_as_it_says(schema: Any) -> None:
    """Whatever is asked within the description, each answer has a status, media type and body that it names."""
    failures: dict[str, str] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        with told(failures, operation.label):
            asked_at_random(operation)
    assert failures == {}


def asked_at_random(operation: Any) -> None:
    """Ask an operation a few times; the questions are the same in every run."""

    @seed(2026)
    @FEW
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = case.call(base_url="http://127.0.0.1")
        case.validate_response(answer, excluded_checks=MAKES_NO_SENSE)
        assert answer.status_code < 500, f"{answer.status_code} {answer.text[:500]}"
        if operation.method.upper() == "POST":
            assert answer.status_code in {403, 422}, f"a form without a token was answered {answer.status_code}"

    ask()


def test_every_page_with_its_twin_is_as_described(schema: Any, asking: TestClient) -> None:
    """Every page that can be reached, and its JSON twin, conforms to the description."""
    failures: dict[str, str] = {}
    pages = found(asking)
    assert {"thread", "package", "account", "run", "ledger", "spec", "removal", "disposal"} <= pages.keys()
    for addresses in pages.values():
        for address in addresses:
            path, _, query = address.partition("?")
            for one in (path, f"{path.rstrip('/') or '/index'}.json"):
                with told(failures, one):
                    answered(schema, asking, f"{one}?{query}" if query else one)
    assert failures == {}


def answered(schema: Any, asking: TestClient, address: str) -> None:
    """Check the answer of a real address."""
    operation = schema.find_operation_by_path("GET", address.partition("?")[0])
    assert operation is not None, f"{address} is not in the description"
    answer = asking.get(address)
    assert answer.status_code == 200, answer.text[:300]
    operation.validate_response(answer)


@contextmanager
def told(failures: dict[str, str], label: str) -> Iterator[None]:
    """Keep what fails, and go on."""
    try:
        yield
    except (AssertionError, BaseExceptionGroup) as error:
        failures[label] = str(error)[:1500]
    except schemathesis.errors.SchemathesisError as error:
        failures[label] = f"{type(error).__name__}: {str(error)[:600]}"
