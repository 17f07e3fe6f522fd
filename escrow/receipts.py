"""Receipt and release, as an order's steps ask and set them: who said what, more days, since when due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.codes import Code, OrderState, Reason, WhatNext
from escrow import clocks
from escrow.case import Case
from escrow.clocks import Matter
from escrow.refusals import Refusal


def is_claimed_missing(case: Case) -> bool:
    """A claim says that it never came: nothing counts as received while that is open."""
    return case.claim is not None and case.claim.reason is Reason.NOT_DELIVERED


def is_not_claimed_missing(case: Case) -> bool:
    return not is_claimed_missing(case)


def is_in_doubt(case: Case) -> bool:
    """Whether all of it has left."""
    return case.order.dispatched_at is None and is_not_claimed_missing(case)


def says_no_first(case: Case) -> bool:
    return case.order.not_arrived == 0


def said_no_twice(case: Case) -> bool:
    return case.order.not_arrived > 1


def something_is_to_go(case: Case) -> bool:
    return bool(case.position.in_escrow)


def was_asked(case: Case) -> None:
    """Raises Refusal: `not_asked_yet` with the instant, `desk_decides` once they have said no twice."""
    asked = clocks.ask_arrival(_matter(case))
    if asked is None:
        raise Refusal(Code.DESK_DECIDES, what_next=WhatNext.TALK_TO_PERSON, order=case.order.id)
    if case.at < asked.at:
        about: dict[str, Any] = {"order": case.order.id, "asked_at": asked.at}
        raise Refusal(Code.NOT_ASKED_YET, what_next=WhatNext.WAIT_UNTIL, **about)


def may_have_more_days(case: Case) -> None:
    """Raises Refusal: `already_extended` by that side, `nothing_to_extend` where no time runs by itself."""
    order, rules = case.order, case.policy.receipt
    if order.extensions_by(case.given["side"]) >= rules.extensions_per_party:
        raise Refusal(Code.ALREADY_EXTENDED, what_next=WhatNext.SEE_ORDER, order=order.id)
    runs = order.state is OrderState.SHIPPED and clocks.receipt(_matter(case)) is not None
    runs = runs or (order.state is OrderState.DELIVERED and order.release_due_at is None)
    if not runs or not case.position.in_escrow:
        raise Refusal(Code.NOTHING_TO_EXTEND, what_next=WhatNext.SEE_ORDER, order=order.id)


def with_more_days(case: Case) -> Mapping[str, Any]:
    order = case.order
    return {"extended": (*order.extended, f"{order.state} {case.given['side']}")}


def said_no(case: Case) -> Mapping[str, Any]:
    return {"not_arrived": case.order.not_arrived + 1}


def due_from_now(case: Case) -> Mapping[str, Any]:
    """What a claim still holds is the supplier's as soon as it does not."""
    return {"release_due_at": case.order.release_due_at or case.at}


def is_set_free(case: Case) -> bool:
    """By the end of a claim, after its release was due; what was released is not."""
    free = case.order.release_due_at is not None and something_is_to_go(case)
    return free and case.claim is None


def free_from_now(case: Case) -> Mapping[str, Any]:
    return {"freed_at": case.at}


def is_over(case: Case) -> bool:
    """No claim is open, and none is possible any more."""
    window = clocks.claim_window(_matter(case))
    return case.claim is None and window is not None and case.at >= window.at


def delivered_and_due(case: Case) -> Mapping[str, Any]:
    return {"delivered_at": case.happened, **due_from_now(case)}


def _matter(case: Case) -> Matter:
    return Matter(case.order, case.policy)
