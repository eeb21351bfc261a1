"""The ``urval`` command. One file a command group; engines and HTTP are imported by the command that needs them."""

from __future__ import annotations

import os
import sys

import typer

from urval.cli import archive, demonstrate, judge, specs
from urval.cli.output import fail
from urval.errors import ConfigError, UrvalError

app = typer.Typer(
    name="urval",
    help="Archive a public body's own social media accounts: capture, select, package, verify.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demonstrate.demo)
app.add_typer(specs.app, name="spec")
app.command("plan")(archive.plan)
app.command("capture")(archive.capture)
app.command("select")(archive.select)
app.command("verify")(judge.verify)
app.command("status")(judge.status)


def main() -> None:
    """Run the command; every error ends as one sentence, the next step, and a non-zero status."""
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
