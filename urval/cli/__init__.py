"""The ``urval`` command. One file a command group; engines and HTTP are imported by the command that needs them."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from urval import __version__
from urval.cli import (
    archive,
    browse,
    corrections,
    deliver,
    demonstrate,
    dispose,
    hold,
    imports,
    judge,
    keys,
    ledgers,
    moderate,
    occasions,
    plans,
    prove,
    replicate,
    resample,
    restrict,
    review,
    seal,
    specs,
    status,
    stores,
)
from urval.cli.lean import keep_pandas_out
from urval.cli.output import fail, show
from urval.errors import ConfigError, UrvalError

app = typer.Typer(
    name="urval",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# Click cuts a first sentence that is too long for the list of commands; these fit.
app.command("demo", short_help="Archive the fictional city Exempelstad, and verify it.")(demonstrate.demo)
app.add_typer(specs.app, name="spec", short_help="Check, show and compare archive specs.")
app.command("plan", short_help="Say what is due, what it will take, and what is missing.")(plans.plan)
app.add_typer(occasions.app, name="occasion", short_help="Extra occasions: list, add, skip, look for changes.")
app.command("capture", short_help="Capture, and propose what to keep of each account.")(archive.capture)
app.command("import", short_help="Capture from an account's export file, and propose.")(imports.import_file)
app.command("select", short_help="Select from a stored capture, and say by which rule.")(archive.select)
app.command("resample", short_help="Select again from a capture, and compare byte for byte.")(resample.resample)
review.app.command("correct")(corrections.correct)
app.add_typer(review.app, name="review", short_help="Look at proposals; change, approve, or send back.")
app.add_typer(moderate.app, name="moderate", short_help="The register of items the body removed.")
app.add_typer(keys.app, name="keys", short_help="The keys that packages are signed with.")
app.command("seal", short_help="Add the time stamps that signed packages lack.")(seal.seal)
app.add_typer(dispose.app, name="dispose", short_help="Disposal by decision: plan, approve, execute.")
app.add_typer(hold.app, name="hold", short_help="Stop the disposal of an account, period or package.")
app.add_typer(restrict.app, name="restrict", short_help="Restrict access to a thread or comment.")
app.command("access-copy", short_help="Copy a package for release, commenters pseudonymised.")(restrict.access_copy)
app.command("browse", short_help="Open the reading room: browse, search, review.")(browse.browse)
app.command("verify", short_help="Verify a package, a store, or one account of it.")(judge.verify)
app.command("prove", short_help="Write the proof of one post or comment, to check alone.")(prove.prove)
app.command("deliver", short_help="Make a SIP for the e-archive; register its receipt.")(deliver.deliver)
app.command("status", short_help="Show what is kept, what is red, and what to do next.")(status.status)
app.add_typer(stores.app, name="store", short_help="What a store enforces; repair from a copy.")
app.command("replicate", short_help="Copy a store to a second one, and check it.")(replicate.replicate)
app.command("ledger", short_help="Show what happened to one account, and if it is whole.")(ledgers.ledger)


def _tell_version(asked: bool) -> None:
    if asked:
        show(f"urval {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Archive a public body's own social media accounts: capture, select, package, verify."""


def main() -> None:
    """Run the command; every error ends as one sentence, the next step, and a non-zero status."""
    keep_pandas_out()
    try:
        app(standalone_mode=True)
    except UrvalError as error:
        sys.exit(fail(error.diagnostics(), error.exit_status))
    except KeyboardInterrupt:
        sys.exit(fail("Interrupted; what was finished is kept, and the same command goes on from there.", 130))
    except ModuleNotFoundError as error:
        # The wheel holds what reads and verifies; capturing needs the repository with its other libraries.
        text = f"This command needs the module {error.name}, which is not installed here."
        text += "\nClone the repository, and give: make demo"
        sys.exit(fail(text, ConfigError.exit_status))
    except Exception as error:
        if os.environ.get("URVAL_DEBUG"):
            raise
        text = (
            f"This is a fault in Urval ({type(error).__name__}: {error}).\nRun again with URVAL_DEBUG=1 and report it."
        )
        sys.exit(fail(text, 1))
