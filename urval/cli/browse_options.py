"""The options of ``urval browse``, each with its words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

StoreArgument: TypeAlias = Annotated[
    str, typer.Argument(help="A folder, or s3://bucket/prefix?endpoint=…", show_default=False)
]
Specs: TypeAlias = Annotated[
    list[Path] | None, typer.Option("--spec", help="The archive spec; shows what is due, and lets review.")
]
Port: TypeAlias = Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free one.")]
AccessLogFile: TypeAlias = Annotated[
    Path | None, typer.Option("--access-log", help="The file of the access log; else one of the user's own.")
]
FixedTime: TypeAlias = Annotated[str | None, typer.Option("--fixed-time", help="Fixed clock, for demonstrations.")]
Keys: TypeAlias = Annotated[Path | None, typer.Option("--keys", help="As of verify: the archive's list of keys.")]
Authorities: TypeAlias = Annotated[Path | None, typer.Option("--tsa-ca", help="As of verify: trusted authorities.")]
OpenBrowser: TypeAlias = Annotated[bool, typer.Option("--open", help="Open the browser.")]
Export: TypeAlias = Annotated[
    Path | None, typer.Option("--export", help="Write the pages into this folder instead, as plain files.")
]
LanguageOption: TypeAlias = Annotated[str | None, typer.Option("--language", help="Of --export: sv or en; else both.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Of --export: only say how much it would write.")]
CheckAccessLog: TypeAlias = Annotated[
    bool, typer.Option("--check-access-log", help="Only say whether the access log is whole, and its head.")
]
Noted: TypeAlias = Annotated[str, typer.Option("--noted", help="Of --check-access-log: a head that was noted earlier.")]
RebuildIndex: TypeAlias = Annotated[
    bool, typer.Option("--rebuild-index", help="Throw the search index away; it is made anew from the packages.")
]
HostOption: TypeAlias = Annotated[
    str, typer.Option("--host", help="The address to listen at; any but this machine's own demands a login.")
]
RoleOption: TypeAlias = Annotated[
    str, typer.Option("--role", help="Without login: visitor, auditor, archivist or administrator.")
]
ByOption: TypeAlias = Annotated[str, typer.Option("--by", help="Without login: who looks; else the user's name.")]
PublicUrl: TypeAlias = Annotated[
    str, typer.Option("--public-url", help="The address that visitors type, as https://arkiv.example.se")
]
Issuer: TypeAlias = Annotated[str, typer.Option("--oidc-issuer", help="Sign in by OpenID Connect at this provider.")]
ClientId: TypeAlias = Annotated[str, typer.Option("--oidc-client-id", help="What the provider calls this room.")]
OidcSecret: TypeAlias = Annotated[
    str, typer.Option("--oidc-secret", help="Where the client's secret lies: env:NAME. Never the secret itself.")
]
RoleClaim: TypeAlias = Annotated[
    str, typer.Option("--oidc-role-claim", help="The claim that holds groups, as groups or realm_access.roles")
]
RoleMap: TypeAlias = Annotated[
    list[str] | None, typer.Option("--role-map", help="GROUP=ROLE, any number; whoever is in none is a visitor.")
]
UserHeader: TypeAlias = Annotated[
    str, typer.Option("--proxy-user-header", help="A trusted proxy signs visitors in, and names them in this header.")
]
RoleHeader: TypeAlias = Annotated[
    str, typer.Option("--proxy-role-header", help="The header that holds groups, separated by commas.")
]
TrustedProxy: TypeAlias = Annotated[
    list[str] | None, typer.Option("--trusted-proxy", help="The proxy's address or network, any number.")
]
ProxySecret: TypeAlias = Annotated[
    str, typer.Option("--proxy-secret", help="Where the secret lies that the proxy sends: env:NAME.")
]
