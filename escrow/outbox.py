"""Notices: written in the transaction of a change, read by messenger, starting clocks once accepted."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from contract import programs
from contract.codes import Role, TaskWhy, Tell
from escrow import engine
from escrow.policies import policy_at
from escrow.refusals import not_found
from escrow.store.notices import NAME
from escrow.store.work import Work
from escrow.views.common import instant


def notices_after(work: Work, after: int) -> programs.Notices:
    """A page of the outbox in order; `next` is where to go on, `after` itself when nothing is new.

    Before it comes what waited for somebody of its account to be known; nobody yet is not told.
    """
    rows = work.notices.after(after)
    page = [*work.notices.late(after), *rows]
    work.parties.load(row.account for row in page)
    views = [_view(work, row) for row in page]
    return programs.Notices([view for view in views if view.persons], rows[-1].id if rows else after)


def _view(work: Work, row: Any) -> programs.Notice:
    account = work.parties.account(row.account)
    return programs.Notice(
        id=row.id,
        kind=Tell(row.kind),
        account=row.account,
        persons=row.persons.split() or work.parties.persons_of(row.account),
        role=Role(account.role),
        zone=account.zone,
        locale=account.locale,
        order=row.order_id,
        claim=row.claim_id,
        facts=json.loads(row.facts),
        at=instant(datetime.fromisoformat(row.at)),
    )


def accept(work: Work, id: int, at: datetime) -> None:
    """Messenger has stored it: a clock that takes something from its readers starts now, once."""
    if work.notices.accept(id, at):
        engine.start_clocks(work, id, at)
        _end_task(work, id, at)
    elif work.notices.get(id) is None:
        raise not_found()


def ask_desk(work: Work, now: datetime) -> bool:
    """A notice that no channel has accepted for a day needs a person; False when there is none."""
    patience = timedelta(hours=policy_at(work, now).desk.notice_hours)
    lying = work.notices.lying(now - patience)
    if lying is None:
        return False
    order = work.orders.lock(lying.order_id)
    if work.notices.get(lying.id).accepted_at is None:
        at = datetime.fromisoformat(lying.at) + patience
        engine.raise_task(work, TaskWhy.NOTICE_NOT_ACCEPTED, f"{NAME}{lying.id}", order, at=at)
    return True


def _end_task(work: Work, notice: int, at: datetime) -> None:
    """Whoever raises one has the order locked, and sees there whether it was accepted meanwhile."""
    row, now = work.notices.get(notice), max(at, work.records.now())
    patience = timedelta(hours=policy_at(work, at).desk.notice_hours)
    if now - datetime.fromisoformat(row.at) >= patience:
        order = work.orders.lock(row.order_id)
        engine.end_task(work, TaskWhy.NOTICE_NOT_ACCEPTED, f"{NAME}{notice}", order, at=at)


def accept_all(work: Work) -> None:
    """Demo only: what was told before the clock moves on counts as accepted at its instant."""
    work.flush()
    for id, at in work.notices.unaccepted():
        accept(work, id, at)
