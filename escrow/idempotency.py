"""A write happens once for its key, in one transaction with the answer that is kept for the next time.

A refusal by a rule is an answer too, and kept. An answer of 429 or from 500 on never gets here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from contract.codes import Code, WhatNext
from escrow.callers import PERSONS, Caller
from escrow.refusals import Refusal, not_found
from escrow.store.idempotency import Kept
from escrow.store.work import Work

JSON = msgspec.json.Encoder()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


def answer(told: object) -> Answer:
    return Answer(200, JSON.encode(told))


def refused(refusal: Refusal) -> Answer:
    """`message` is for whoever writes a program; people get words from messenger."""
    told = {"code": refusal.code, "message": refusal.code.replace("_", " ").capitalize() + "."}
    return Answer(
        refusal.status, JSON.encode(told | {"facts": refusal.facts, "what_next": refusal.what_next})
    )


class Declined(Exception):
    """The answer that says no, and the instant at which it was found."""

    def __init__(self, answer: Answer, at: datetime) -> None:
        super().__init__("a rule says no")
        self.answer, self.at = answer, at


@dataclass(frozen=True)
class Once:
    """`fingerprint` is of all that was asked: another request under the same key is Refusal `key_reused`."""

    caller: Caller
    key: str
    fingerprint: str

    @property
    def owner(self) -> str:
        return f"{self.caller.actor}@{self.caller.account}"

    def kept(self, work: Work) -> Answer | None:
        kept = work.keys.kept(self.owner, self.key)
        if kept is None:
            return None
        if kept.fingerprint != self.fingerprint:
            raise Refusal(Code.KEY_REUSED)
        return Answer(kept.status, kept.answer.encode())

    def keep(self, work: Work, given: Answer, at: datetime) -> None:
        kept = Kept(self.fingerprint, given.status, given.body.decode())
        work.keys.keep(self.owner, self.key, kept, at)

    def run(self, work: Work, do: Callable[[Work], Any], at: datetime) -> Answer:
        """Raises Refusal `turn_revoked`, checked in this very transaction, when a person has taken over.

        Whoever does not fit the account of their token finds nothing to write on. Raises Declined where a
        rule says no: nothing of this transaction may stay; the answer is kept in another (`keep_declined`).
        A refusal that is given back instead of raised is an answer, and what was written stays.
        """
        if kept := self.kept(work):
            return kept
        if work.keys.revoked(self.caller.turn):
            raise Refusal(Code.TURN_REVOKED, what_next=WhatNext.TALK_TO_PERSON)
        _meet(work, self.caller)
        try:
            told = do(work)
            given = refused(told) if isinstance(told, Refusal) else answer(told)
        except Refusal as refusal:
            if refusal.fleeting:
                raise
            raise Declined(refused(refusal), at) from refusal
        self.keep(work, given, at)
        return given

    def keep_declined(self, work: Work, declined: Declined) -> Answer:
        """The refusal, or what somebody with the same key has been answered meanwhile."""
        if kept := self.kept(work):
            return kept
        self.keep(work, declined.answer, declined.at)
        return declined.answer


def _meet(work: Work, caller: Caller) -> None:
    if caller.role not in PERSONS:
        return
    if not work.parties.meet(caller.sub, account=caller.account, side=caller.side, role=caller.role):
        raise not_found(fleeting=True)


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()
