"""Notices: written in the transaction of a change, read by messenger, starting timers once accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from escrow import claims, orders
from escrow.claims import ClaimState
from escrow.orders import OrderState
from escrow.policies import policy_of
from escrow.refusals import not_found
from escrow.silence import Timer
from escrow.store.rows import Notice
from escrow.store.work import Work
from escrow.views import instant


def notices_after(work: Work, after: int) -> dict[str, Any]:
    """A page of the outbox in order; `next` is where to go on, `after` itself when nothing is new."""
    rows = work.queues.notices_after(after)
    return {"items": [_facts(work, row) for row in rows], "next": rows[-1].id if rows else after}


def _facts(work: Work, row: Notice) -> dict[str, Any]:
    account = work.parties.account(row.account)
    told = {"id": row.id, "kind": row.kind, "account": row.account, "persons": row.persons.split()}
    told |= {"role": account.role, "zone": account.zone, "locale": account.locale}
    told |= {"order": row.order_id, "claim": row.claim_id, "facts": json.loads(row.facts)}
    return told | {"at": instant(datetime.fromisoformat(row.at))}


def accept(work: Work, id: int, at: datetime) -> None:
    """Messenger has stored it: a timer that takes something from its readers starts now, once."""
    row = work.queues.accept(id, at)
    if row is None:
        if work.queues.notice(id) is None:
            raise not_found()
        return
    if row.kind == "claim_opened":
        _start_respond(work, row, at)
    elif row.kind == "order_delivered":
        _start_release(work, row, at)


def accept_all(work: Work) -> None:
    """Demo only: what was told before the clock moves on counts as accepted at its instant."""
    for row in work.queues.unaccepted():
        accept(work, row.id, datetime.fromisoformat(row.at))


def _start_respond(work: Work, row: Notice, at: datetime) -> None:
    assert row.claim_id is not None
    claim = work.claims.get(row.claim_id)
    order = work.orders.get(claim.order)
    if row.account != order.supplier or claim.state is not ClaimState.AWAITING_SUPPLIER:
        return
    started = replace(claim, respond_from=at, version=claim.version + 1)
    work.claims.save(started, seen=claim.version)
    by = claims.respond_by(started, policy_of(work, order))
    assert by is not None
    work.queues.set_deadline(Timer.RESPOND, claim.id, by)


def _start_release(work: Work, row: Notice, at: datetime) -> None:
    order = work.orders.get(row.order_id, lock=True)
    if row.account != order.buyer or order.state is not OrderState.DELIVERED:
        return
    started = replace(order, release_from=at, version=order.version + 1)
    work.orders.save(started, seen=order.version)
    by = orders.releases_at(started, policy_of(work, order))
    assert by is not None
    work.queues.set_deadline(Timer.SILENT_RELEASE, order.id, by)
