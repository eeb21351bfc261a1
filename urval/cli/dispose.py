"""``urval dispose``: what may be destroyed, by which decision; planned by one person, approved by another."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.archive import FixedTime, Json, Spec, StoreUri  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import language, one_line, show, show_json, tell_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.disposing import Desk
    from urval.disposal import Candidate, Language
    from urval.spec import ArchiveSpec

app = typer.Typer(no_args_is_help=True, help="Disposal by decision: plan, approve, execute.")


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


By = Annotated[str, _option("--by", "Who acts; else the user's name.")]
PlanId = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's id.", show_default=False)]
Lang = Annotated[str | None, _option("--language", "sv or en.")]


def _open(spec: Path, store: str, fixed_time: str | None, by: str) -> Desk:
    from flows.disposing import open_desk

    return open_desk(spec, store, fixed_time=fixed_time, actor=by)


@app.command()
def plan(
    spec: Spec,
    store: StoreUri,
    account: Annotated[str | None, _option("--account", "Only this account.")] = None,
    by: By = "",
    fixed_time: FixedTime = None,
    lang: Lang = None,
    *,
    save: Annotated[bool, typer.Option("--save", help="Keep what is due as a plan, for another to approve.")] = False,
    as_json: Json = False,
) -> None:
    """Show what the spec's rules dispose of: what is due, what is not and why; --save keeps it as a plan.

    Nothing is destroyed.
    """
    from flows.disposable import candidates
    from flows.disposing import plan_of, save_plan

    desk = _open(spec, store, fixed_time, by)
    found = list(candidates(desk.store, desk.loaded.spec, desk.today(), account=account))
    words = language(lang)
    name = save_plan(desk, plan_of(desk, found)) if save else None
    if as_json:
        rules = _rules(desk.loaded.spec)
        show_json({"plan": name, "things": [_as_json(one, words) for one in found], "rules": rules})
        return
    for line in _lines(desk.loaded.spec, found, words):
        show(one_line(line))
    if name is not None:
        show(f"plan {name} saved; another person approves it: urval dispose approve {name} --by NAME")


@app.command()
def approve(
    plan_id: PlanId,
    spec: Spec,
    store: StoreUri,
    by: By = "",
    role: Annotated[str, typer.Option("--role", help="As what.")] = "archivist",
    fixed_time: FixedTime = None,
    *,
    as_json: Json = False,
) -> None:
    """Approve a plan that another person made."""
    from flows.disposing import approve as approve_plan

    made = approve_plan(_open(spec, store, fixed_time, by), plan_id, role=role)
    if as_json:
        show_json(made.model_dump(mode="json"))
    else:
        show(one_line(f"plan {plan_id} approved by {made.by}; execute it: urval dispose execute {plan_id} --confirm"))


@app.command()
def execute(
    plan_id: PlanId,
    spec: Spec,
    store: StoreUri,
    by: By = "",
    fixed_time: FixedTime = None,
    *,
    confirm: Annotated[bool, typer.Option("--confirm", help="Destroy; without it nothing is.")] = False,
    as_json: Json = False,
) -> None:
    """Look at an approved plan again, and destroy what it names; without --confirm only look."""
    from flows.destroying import execute as execute_plan
    from flows.destroying import order_of

    desk = _open(spec, store, fixed_time, by)
    order = order_of(desk, plan_id)
    if not confirm:
        if as_json:
            show_json({"plan": plan_id, "executed": False, "things": [one.thing for one in order.plan.things]})
            return
        for one in order.plan.things:
            show(one_line(f"would destroy {one.thing} ({one.files} files, {one.bytes} bytes) by {one.references}"))
        show("Nothing was destroyed. To do it, give the same command with --confirm.")
        return
    with tell_progress():
        protocol = execute_plan(desk, order)
    if as_json:
        show_json({"plan": plan_id, "executed": True, "protocol": protocol.model_dump(mode="json")})
        return
    for done in protocol.things:
        show(one_line(f"{done.thing.thing}: disposed under {done.thing.references}"))
    show(f"protocol: disposals/{desk.archive}/{plan_id}/protocol.pdf")


@app.command("list")
def list_plans(spec: Spec, store: StoreUri, fixed_time: FixedTime = None, *, as_json: Json = False) -> None:
    """List the saved plans, and where each stands."""
    from urval.store import plans, read_approval, read_plan, read_protocol

    desk = _open(spec, store, fixed_time, "")
    rows = []
    for name in plans(desk.store, desk.archive):
        made, _ = read_plan(desk.store, desk.archive, name)
        approval = read_approval(desk.store, desk.archive, name)
        protocol = read_protocol(desk.store, desk.archive, name)
        rows.append(
            {
                "plan": name, "made_by": made.made_by, "things": len(made.things),
                "approved_by": approval.by if approval else None,
                "stands": "executed" if protocol else "approved" if approval else "planned",
            }
        )  # fmt: skip
    if as_json:
        show_json(rows)
        return
    if not rows:
        show("There is no plan.")
    for row in rows:
        approved = f", approved by {row['approved_by']}" if row["approved_by"] else ""
        show(one_line(f"{row['plan']}  {row['stands']}  {row['things']} things, made by {row['made_by']}{approved}"))


def _lines(spec: ArchiveSpec, found: Sequence[Candidate], words: Language) -> list[str]:
    from urval.disposal import lost, stays, told

    lines = [_rule_line(rule) for rule in _rules(spec)]
    if not found:
        return [*lines, "Nothing in the store falls under a rule that Urval executes."]
    for one in found:
        thing, due = one.thing, one.due.isoformat() if one.due else "-"
        lines.append(f"{'DUE' if one.is_due else 'not due'}  {thing.thing}  {due}  {thing.files} files")
        lines += [f"    {rule.rule}: {rule.decision.reference}, {rule.decision.date}" for rule in one.rules]
        lines += [f"    - {told(reason, words)}" for reason in one.obstacles]
        if one.is_due:
            lines.append(f"    lost: {'; '.join(lost(thing.kind, words))}")
            lines.append(f"    stays: {'; '.join(stays(thing.kind, words))}")
    due_count = sum(one.is_due for one in found)
    return [*lines, f"{due_count} of {len(found)} may be disposed of today."]


def _rules(spec: ArchiveSpec) -> list[dict[str, Any]]:
    from urval.disposal import EXECUTED

    return [
        {
            "rule": rule.id, "class": rule.record_class, "action": rule.action,
            "decision": rule.decision.reference if rule.decision else None,
            "executed_by_urval": rule.action == "dispose" and rule.record_class in EXECUTED,
        }
        for rule in spec.retention
    ]  # fmt: skip


def _rule_line(rule: dict[str, Any]) -> str:
    text = f"rule {rule['rule']}: {rule['action']} {rule['class']}"
    if rule["action"] == "dispose" and not rule["executed_by_urval"]:
        return f"{text}, by {rule['decision']}; not executed by Urval, which keeps no such records apart"
    return f"{text}, by {rule['decision']}" if rule["decision"] else text


def _as_json(one: Candidate, words: Language) -> dict[str, Any]:
    from urval.disposal import lost, stays, told

    thing = one.thing
    return {
        "thing": thing.thing, "kind": thing.kind, "account": thing.account, "period": thing.period, "id": thing.id,
        "sha256": thing.sha256, "files": thing.files, "bytes": thing.bytes, "is_due": one.is_due,
        "due": one.due.isoformat() if one.due else None, "rules": [rule.model_dump(mode="json") for rule in one.rules],
        "obstacles": [{"code": it.code, "about": it.about, "words": told(it, words)} for it in one.obstacles],
        "lost": list(lost(thing.kind, words)), "stays": list(stays(thing.kind, words)),
    }  # fmt: skip
