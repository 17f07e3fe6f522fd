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

from escrow.callers import PERSONS, Caller
from escrow.refusals import Refusal, not_found
from escrow.store.records import Kept
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
        kept = work.records.kept(self.owner, self.key)
        if kept is None:
            return None
        if kept.fingerprint != self.fingerprint:
            raise Refusal("key_reused")
        return Answer(kept.status, kept.answer.encode())

    def keep(self, work: Work, given: Answer, at: datetime) -> None:
        kept = Kept(self.fingerprint, given.status, given.body.decode())
        work.records.keep(self.owner, self.key, kept, at)

    def run(self, work: Work, do: Callable[[], Any], at: datetime) -> Answer:
        """Raises Refusal `turn_revoked`, checked in this very transaction, when a person has taken over.

        Whoever does not fit the account of their token finds nothing to write on.
        """
        if kept := self.kept(work):
            return kept
        if work.records.revoked(self.caller.turn):
            raise Refusal("turn_revoked", what_next="talk_to_person")
        _meet(work, self.caller)
        try:
            with work.connection.begin_nested():
                given = answer(do())
        except Refusal as refusal:
            if refusal.fleeting:
                raise
            given = refused(refusal)
        self.keep(work, given, at)
        return given


def _meet(work: Work, caller: Caller) -> None:
    if caller.role not in PERSONS:
        return
    if not work.parties.meet(caller.sub, account=caller.account, side=caller.side, role=caller.role):
        raise not_found(fleeting=True)


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()
