"""Specs of any valid rules say the same after they were written down and read again."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from typing import Any

import jsonschema
from _spec_texts import BASE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from urval.spec import ArchiveSpec, json_schema, parse_spec
from urval.spec.tree import read_tree

PLAIN = json.loads(json.dumps(read_tree(BASE).data))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z", "S"]), min_size=1, max_size=12).filter(
    lambda text: bool(text.strip()) and text.isprintable()
)
COUNT = st.integers(1, 500)
DAY = st.dates(date(2026, 1, 1), date(2030, 12, 31)).map(date.isoformat)
MONTH_DAY = st.integers(0, 364).map(lambda number: (date(2001, 1, 1) + timedelta(days=number)).strftime("%m-%d"))
FREE_DAY = st.sampled_from(["02-10", "03-15", "09-01", "W10", "W40", "10-tue-2", "03-fri-last", "term_mid"])


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    """Return a strategy for some of the values, at least one."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=len(values), unique=True)


def rule(kind: str, must: dict[str, Any], may: dict[str, Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for a rule of a kind, with the common fields that hold for every kind."""
    common = {
        "version": TEXT, "decision_ref": TEXT, "purpose": TEXT, "on_empty": st.sampled_from(["ok", "fail"]),
        "valid_from": st.just("2026-02-01"), "valid_to": st.just("2029-12-31"),
        "source": st.just(["handbok"]),
        "applies_to": st.fixed_dictionaries({}, optional={
            "accounts": st.just(["sida"]), "classes": some(["main", "leader"]), "platforms": some(["facebook", "x"]),
            "occasions": st.just(["change", "ordinary"]),
        }),
    }  # fmt: skip
    return st.fixed_dictionaries({"rule": st.just(kind), **must}, optional={**common, **(may or {})})


JUDGED = st.fixed_dictionaries({"id": TEXT, "reason": TEXT, "decided_by": TEXT, "decided_at": DAY})
LINK = st.fixed_dictionaries({"thread": TEXT, "case": TEXT})
RANGE = st.fixed_dictionaries({"start": st.just("12-24"), "end": st.just("12-26")})
CLAIMS = st.sampled_from(["illustrative", "evidential"])
METRIC = st.sampled_from(["comments", "reactions", "shares", "views", "bytes"])
PART = st.sampled_from(range(1, 999)).map(lambda number: number / 1000)


def listed(items: st.SearchStrategy[Any], key: str) -> st.SearchStrategy[list[Any]]:
    """Return a strategy for a list in which no thread stands twice."""
    return st.lists(items, max_size=3, unique_by=lambda one: one[key])


PARTS = [
    rule("census", {}, {"claim": st.sampled_from(["statistical", "illustrative", "evidential"])}),
    rule("snapshot", {"depth_posts": COUNT}, {"viewports": some(["desktop", "phone"]), "locale": TEXT}),
    rule("snapshot", {"views": st.just(["profile"])}, {"logged_in": st.just(False), "claim": CLAIMS}),
    rule("window", {"days": st.integers(1, 20), "anchor": FREE_DAY},
         {"count": COUNT, "avoid": st.lists(RANGE, max_size=2),
          "timezone": st.sampled_from(["UTC", "Asia/Tokyo"])}),
    rule("systematic", {"every_k": COUNT}, {"start": st.just("random")}),
    rule("systematic", {"every_k": st.just(9), "start": st.integers(1, 9), "claim": CLAIMS}),
    rule("simple_random", {"n": COUNT}),
    rule("simple_random", {"fraction": PART | st.just(1)}),
    rule("stratified", {"by": some(["month", "kind", "has_comments"]), "n": COUNT},
         {"allocation": st.sampled_from(["proportional", "equal"]), "min_per_stratum": COUNT}),
    rule("fat", {"metric": METRIC, "quantile": PART}),
    rule("fat", {"metric": st.just("followers"), "threshold": COUNT}, {"claim": CLAIMS}),
    rule("judgement", {"threads": listed(JUDGED, "id")}),
    rule("predicate", {"keywords": st.lists(TEXT, min_size=1, max_size=3)},
         {"question": st.booleans(), "languages": st.lists(TEXT, max_size=2), "min_length": COUNT}),
    rule("event", {"name": TEXT, "reason": TEXT, "start": st.just("2026-09-01"), "end": st.just("2027-01-31")}),
    rule("change", {}, {"fields": some(["avatar", "cover", "links"]), "newest": COUNT}),
    rule("mandatory", {}, {"pinned": st.booleans(), "case_linked": listed(LINK, "thread")}),
    rule("hash_bucket", {"salt": TEXT, "modulus": st.just(31),
                         "keep": st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True)}),
    rule("first_last", {"first": COUNT}, {"per": st.sampled_from(["day", "week", "month", "account"])}),
    rule("pps", {"size_metric": METRIC, "n": COUNT}),
    rule("discovery", {"confidence": st.just(0.95), "tolerable_rate": PART.map(lambda one: one / 2.1)}),
    rule("precision", {"margin": PART.map(lambda one: one / 2.1)}, {"p": PART}),
]  # fmt: skip
COMBINED = rule("combine", {
    "how": st.sampled_from(["union", "intersect"]),
    "parts": st.lists(st.one_of(PARTS), min_size=2, max_size=3).map(
        lambda parts: [{"id": f"del-{at}", **part} for at, part in enumerate(parts)]
    ),
}, {"cap": COUNT})  # fmt: skip
RESERVE = st.fixed_dictionaries({"rule": st.just("reserve"), "for_rule": st.just("slump"), "n": COUNT})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of([*PARTS, COMBINED, RESERVE]), max_size=6))
def test_a_spec_says_the_same_when_written_and_read_again(rules: list[dict[str, Any]]) -> None:
    """As JSON and as YAML, with every default written out, a spec is the spec it was; and an editor accepts it."""
    numbered = [{"id": f"r{at}", **one} for at, one in enumerate(rules)]
    data = {**PLAIN, "grounds": [{"id": "handbok", "text": "Handbok"}], "rules": [*PLAIN["rules"], *numbered]}
    VALIDATOR.validate(data)
    spec = parse_spec(json.dumps(data, ensure_ascii=False).encode(), "x").spec
    assert len(spec.rules) == len(PLAIN["rules"]) + len(rules)
    dumped = spec.model_dump(mode="json", by_alias=True)
    VALIDATOR.validate(dumped)
    assert parse_spec(json.dumps(dumped, ensure_ascii=False).encode(), "x").spec == spec
    assert parse_spec(_yaml(dumped), "x").spec == spec


def _yaml(data: Any) -> bytes:
    out = io.BytesIO()
    YAML(typ="safe", pure=True).dump(data, out)
    return out.getvalue()


def test_a_dump_is_the_model_again() -> None:
    """The JSON of a spec validates as a spec without passing a file."""
    spec = parse_spec(BASE.encode(), "x").spec
    tupled = read_tree(json.dumps(spec.model_dump(mode="json", by_alias=True))).data
    assert ArchiveSpec.model_validate(tupled) == spec
