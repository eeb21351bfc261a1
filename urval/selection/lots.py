"""Rules that draw lots among all threads: simple random, discovery, precision, systematic, hash bucket."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from urval.selection.keys import drawn_number, mixed
from urval.selection.named import Named, Order, all_alike, first_of, only
from urval.selection.sizes import discovery_size, part_of, precision_size

if TYPE_CHECKING:
    from urval.selection.frame import Frame, Numbers
    from urval.selection.named import Chances, Setting
    from urval.spec import Discovery, HashBucket, Precision, Rule, SimpleRandom, Systematic


def at_random(rule: SimpleRandom | Discovery | Precision, frame: Frame, setting: Setting) -> Named:
    """Name the first threads in the drawn order, as many as the rule asks for or needs."""
    wanted = min(_wanted(rule, len(frame)), len(frame))
    order = drawn_order(rule, frame, setting)
    return Named(rule, first_of(order, wanted), _chance(wanted, len(frame)), order=order, wanted=wanted)


def drawn_order(rule: Rule, frame: Frame, setting: Setting) -> Order:
    """Return the order a rule draws threads in: by key, mixed with the seed and the rule's id."""
    return Order(mixed(frame.numbers("thread_key"), *setting.lines(rule)))


def in_steps(rule: Systematic, frame: Frame, setting: Setting) -> Named:
    """Name threads at even steps in the order of time."""
    drawn = drawn_number(*setting.lines(rule), "start")
    order, rows = Order(frame.numbers("created_at")), frame.by_time
    if rule.every_k is not None:
        first = drawn % rule.every_k + 1 if rule.start == "random" else rule.start
        mask = only(rows[first - 1 :: rule.every_k], len(frame))
        return Named(rule, mask, all_alike(Fraction(1, rule.every_k)), order=order, first=first)
    places = even_places(len(frame), rule.n or 0, drawn)
    mask, first = only(rows[places], len(frame)), int(places[0]) + 1 if len(places) else 1
    chances = _chance(len(places), len(frame))
    return Named(rule, mask, chances, order=order, first=first, wanted=len(places))


def even_places(size: int, wanted: int, drawn: int) -> Numbers:
    """Return places from 0, ``wanted`` of ``size``, at steps that need be no whole number, from a drawn first point."""
    wanted = min(wanted, size)
    if not wanted:
        return np.zeros(0, dtype=np.int64)
    return (drawn % size + np.arange(wanted, dtype=np.int64) * size) // wanted


def in_buckets(rule: HashBucket, frame: Frame) -> Named:
    """Name the threads in the buckets that are kept. Neither the seed nor another thread matters."""
    keys = frame.numbers("thread_key")
    if rule.key == "author":
        keys = np.where(frame.present("author_key"), frame.numbers("author_key"), keys)
    buckets = (mixed(keys, rule.salt) % np.uint64(rule.modulus)).astype(np.int64)
    kept = only(np.array(rule.keep), rule.modulus)
    chances = all_alike(Fraction(len(rule.keep), rule.modulus))
    return Named(rule, kept[buckets], chances, order=Order(buckets))


def _wanted(rule: SimpleRandom | Discovery | Precision, size: int) -> int:
    if rule.rule == "discovery":
        return discovery_size(rule.confidence, rule.tolerable_rate)
    if rule.rule == "precision":
        return precision_size(rule.margin, rule.confidence, rule.p, size)
    return part_of(size, rule.fraction) if rule.fraction is not None else rule.n or 0


def _chance(wanted: int, size: int) -> Chances:
    return all_alike(Fraction(wanted, size) if size else Fraction(0))
