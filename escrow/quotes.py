"""Quote, then confirm: what would happen, shown exactly; then done by the quote's id, once.

Where a deed needs more than one person's yes, the first is its own person's and the others are the desk's.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from contract import answers, codes
from contract.answers import Done, Effect, Page, Posting, Quote
from contract.asked import Asked
from contract.codes import Code, Role, WhatNext
from escrow.callers import AGENTS, Caller
from escrow.deeds import DEEDS, Deed, Plan
from escrow.policies import policy_at, policy_of
from escrow.policy import QuoteRules
from escrow.refusals import Refusal, not_found
from escrow.store.instants import sure
from escrow.store.quotes import Kept, Signatures
from escrow.store.work import Work
from escrow.views.common import instant


def open_quote(work: Work, caller: Caller, wanted: Asked, now: datetime) -> Quote:
    """Raises Refusal; a quote changes nothing but the list of quotes."""
    deed = DEEDS[codes.Deed(str(type(wanted).__struct_config__.tag))]
    caller.must_be(*deed.roles)
    plan: Plan = deed.plan(work, caller, wanted, now, False)
    if plan.outcome:
        caller.must_be(*plan.outcome.step.who)
    signers = deed.signers(caller, plan)
    assert signers[0] == caller.role and AGENTS.issuperset(signers[1:]), "only the desk signs for others"
    expires = now + timedelta(minutes=_rules(work, plan, now).minutes)
    quote = Quote(
        quote_id=f"Q-{secrets.token_hex(8)}",
        kind=deed.kind,
        order=plan.order.id if plan.order else None,
        claim=plan.claim.id if plan.claim else None,
        effect=plan.effect,
        postings=plan.postings,
        preview=plan.instants,
        expires_at=instant(expires),
        signatures=list(signers),
    )
    row: dict[str, Any] = {"id": quote.quote_id, "kind": deed.kind, "person": caller.sub}
    row |= {"account": caller.account, "conversation": caller.conversation, "order_id": quote.order}
    row |= {"claim_id": quote.claim, "request": json.dumps(msgspec.to_builtins(wanted))}
    work.quotes.add(row | {"shown": plan.shown, "expires_at": sure(expires), "answer": None}, signers)
    return quote


def confirm(work: Work, caller: Caller, id: str, now: datetime) -> Done:
    """One signature; with the last one it is done, once, and only what was shown.

    A second confirm by the same person gets the first one's answer. Raises Refusal and changes nothing. One
    that another token would not get is not kept under the key.
    """
    row = work.quotes.get(id, caller.sub, caller.role)
    signatures = work.quotes.signatures([id])[id] if row else []
    if row is None or not _is_theirs(row, signatures, caller):
        raise not_found(fleeting=True)
    if told := _told_before(row, signatures, caller):
        return told
    expires = datetime.fromisoformat(row.expires_at)
    if now >= expires:
        raise Refusal(Code.QUOTE_EXPIRED, what_next=WhatNext.QUOTE_AGAIN, expired_at=instant(expires))
    if caller.shown is not None and id not in caller.shown:
        raise Refusal(Code.QUOTE_NOT_SHOWN, what_next=WhatNext.LOOK_FIRST, fleeting=True)
    asker = _asker(row, signatures, caller)
    deed, plan = _plan(work, row, asker, now, lock=True)
    needed = tuple(each.role for each in signatures) or (asker.role,)
    if (plan.shown, deed.signers(asker, plan)) != (row.shown, needed):
        raise Refusal(Code.QUOTE_CHANGED, what_next=WhatNext.QUOTE_AGAIN)
    if signatures and (waiting := _sign(work, row, signatures, caller, plan, now)):
        return waiting
    done = Done(
        quote_id=id,
        order=row.order_id,
        claim=deed.do(work, asker, plan, now, _note(work, row, signed=bool(signatures))),
        done=True,
    )
    work.quotes.answer(id, msgspec.to_builtins(done))
    return done


def became(work: Work, caller: Caller, id: str, now: datetime) -> Done:
    """What became of a quote of theirs; it waits for somebody only once it was signed. Raises Refusal."""
    row = work.quotes.own(id, caller.sub)
    if row is None or row.account != caller.account:
        raise not_found()
    if row.answer is not None:
        return _answer(row)
    signatures = work.quotes.signatures([id])[id]
    n = _given(signatures)
    waits = 0 < n < len(signatures) and sure(now) < row.expires_at
    return _not_yet(row, signatures[n].role if waits else None)


def waiting(work: Work, caller: Caller, after: str | None, now: datetime) -> Page[answers.Quote]:
    """Those that wait for the caller's signature, the one that runs out first before the others."""
    rows, next = work.quotes.waiting(caller.role, caller.sub, now, after)
    signatures = work.quotes.signatures(row.id for row in rows)
    return Page([_shown_again(work, row, signatures[row.id], caller, now) for row in rows], next)


# Whose it is


def _is_theirs(row: Kept, signatures: Signatures, caller: Caller) -> bool:
    """Its own person's, there where it was asked for; then whose signature is next, and who has signed."""
    if caller.sub == row.person:
        same = (row.account, row.conversation) == (caller.account, caller.conversation)
        return same and caller.role in DEEDS[codes.Deed(row.kind)].roles
    n = _given(signatures)
    is_next = 0 < n < len(signatures) and signatures[n].role == caller.role
    return is_next or any(each.person == caller.sub for each in signatures)


def _given(signatures: Signatures) -> int:
    return sum(each.person is not None for each in signatures)


def _asker(row: Kept, signatures: Signatures, caller: Caller) -> Caller:
    """Whose deed it is, whoever signs: what is done must not hang on who came last."""
    if caller.sub == row.person:
        return caller
    asker = {"sub": row.person, "account": row.account, "conversation": row.conversation}
    return replace(caller, role=signatures[0].role, **asker)


# What it would do, and did


def _plan(work: Work, row: Kept, asker: Caller, now: datetime, *, lock: bool) -> tuple[Deed[Any], Plan]:
    deed = DEEDS[codes.Deed(row.kind)]
    wanted = msgspec.convert({"kind": row.kind, **json.loads(row.request)}, deed.asked)
    return deed, deed.plan(work, asker, wanted, now, lock)


def _rules(work: Work, plan: Plan, now: datetime) -> QuoteRules:
    return (policy_of(work, plan.order) if plan.order else policy_at(work, now)).quote


def _sign(
    work: Work, row: Kept, signatures: Signatures, caller: Caller, plan: Plan, now: datetime
) -> Done | None:
    """What the signer is told unless theirs was the last."""
    n = _given(signatures)
    work.quotes.sign(row.id, signatures[n].n, caller.sub, now)
    if n == 0:
        work.quotes.keep(row.id, now + timedelta(hours=_rules(work, plan, now).signature_hours))
    return _not_yet(row, signatures[n + 1].role) if n + 1 < len(signatures) else None


def _note(work: Work, row: Kept, *, signed: bool) -> dict[str, Any]:
    """What the deed's history tells of its quote: what was shown, and who signed it where several must."""
    note: dict[str, Any] = {"quotes": {row.id: hashlib.sha256(row.shown.encode()).hexdigest()}}
    if signed:
        given = work.quotes.signatures([row.id])[row.id]
        note["signed"] = {row.id: [[each.n, each.role, each.person, each.at] for each in given]}
    return note


def _told_before(row: Kept, signatures: Signatures, caller: Caller) -> Done | None:
    """What they were told when they confirmed it; None where they did not yet."""
    n = next((n for n, each in enumerate(signatures, start=1) if each.person == caller.sub), 0)
    if 0 < n < len(signatures):
        return _not_yet(row, signatures[n].role)
    return _answer(row) if row.answer is not None else None


def _not_yet(row: Kept, waits_for: str | None) -> Done:
    return Done(
        quote_id=row.id,
        order=row.order_id,
        claim=row.claim_id,
        done=False,
        waits_for=Role(waits_for) if waits_for else None,
    )


def _answer(row: Kept) -> Done:
    return msgspec.convert({"done": True, **json.loads(row.answer)}, Done)


def _shown_again(work: Work, row: Kept, signatures: Signatures, caller: Caller, now: datetime) -> Quote:
    """As its own person saw it, with the instants that would follow from a yes now, if any still would."""
    shown = json.loads(row.shown)
    try:
        _, plan = _plan(work, row, _asker(row, signatures, caller), now, lock=False)
        preview = plan.instants
    except Refusal:
        preview = {}
    return Quote(
        quote_id=row.id,
        kind=codes.Deed(row.kind),
        order=row.order_id,
        claim=row.claim_id,
        effect=msgspec.convert(shown["effect"], Effect),
        postings=msgspec.convert(shown["postings"], list[Posting]),
        preview=preview,
        expires_at=instant(datetime.fromisoformat(row.expires_at)),
        signatures=[Role(each.role) for each in signatures],
    )
