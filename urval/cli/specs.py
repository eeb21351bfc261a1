"""``urval spec``: check and show archive specs, compare two, and print their schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from urval.cli.output import language, show, show_json
from urval.errors import ConfigError

app = typer.Typer(help="Check, show and compare archive specs.", no_args_is_help=True)

SpecPath = Annotated[Path, typer.Argument(help="The archive spec, a YAML file.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command(short_help="Check an archive spec, and say how to correct it.")
def check(spec: SpecPath) -> None:
    """Check an archive spec: all faults at once, each with line, column and remedy, also in the accounts' settings."""
    from urval.cli.checking import checked, summary

    loaded = checked(spec)
    show(f"{spec}: correct.")
    for line in summary(loaded.spec):
        show(line)


@app.command("show", short_help="Show the rules as a page of a handbook.")
def show_spec(
    spec: SpecPath,
    lang: Annotated[
        str | None, typer.Option("--language", help="sv or en; left out: the spec's own.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the page to this file instead.", show_default=False)
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show the rules in plain words, as a page of a handbook: each sentence with its source."""
    from urval.handbook import handbook, html_page, terminal_text
    from urval.spec import read_spec

    loaded = read_spec(spec)
    page = handbook(loaded.spec, language(lang) if lang else None, sha256=loaded.sha256)
    if html is not None:
        _write(html, html_page(page))
    if as_json:
        show_json({**loaded.spec.model_dump(mode="json", by_alias=True), "handbook": page.as_json()})
    elif html is None:
        show(terminal_text(page).rstrip("\n"))
    else:
        show(f"{html}: written.")


@app.command(short_help="Say what a change of the rules means.")
def diff(
    old: Annotated[Path, typer.Argument(help="The archive spec as it is.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The archive spec as it would be.", show_default=False)],
    store: Annotated[
        str | None,
        typer.Option("--store", envvar="URVAL_STORE", help="A folder, or s3://…, with captures.", show_default=False),
    ] = None,
    account: Annotated[str | None, typer.Option("--account", help="Only this account.", show_default=False)] = None,
    lang: Annotated[str | None, typer.Option("--language", help="sv or en.", show_default=False)] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say what a change of the rules means: in words, and with a store for the threads that were captured last."""
    from urval.cli.comparing import compare, lines
    from urval.spec import read_spec

    specs, chosen = [read_spec(path).spec for path in (old, new)], language(lang)
    made = compare(specs[0], specs[1], store, account, chosen)
    if as_json:
        show_json(made.as_json())
        return
    for line in lines(made, specs[0], specs[1], chosen):
        show(line)


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option(help="Write it to this file.", show_default=False)] = None,
) -> None:
    """Print the JSON Schema of archive specs, for editors."""
    from urval.spec import schema_text

    if output is None:
        show(schema_text().rstrip("\n"))
        return
    _write(output, schema_text())


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}", next_step="Check the path."
        ) from error
