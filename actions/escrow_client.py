"""Escrow over HTTP, on behalf of the person whose turn it is, with its answers as the contract's types."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from actions.sayings import Facts
from contract import answers
from contract.answers import Claim, Done, MoneyOfAccount, Order, Page, Quote, Verdict
from contract.asked import Asked

T = TypeVar("T")

TOTAL_SECONDS = 5.0
ATTEMPT_SECONDS = 2.2
PAUSES_SECONDS = (0.1, 0.4)


class Unavailable(Exception):
    """Escrow gave no usable answer in time. A write may or may not have happened; its key tells."""


class Refused(Exception):
    """Escrow understood and said no: `code` and `facts` are its own, `what_next` says what would help."""

    def __init__(self, *, code: str, facts: Facts, what_next: str | None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
        self.what_next = what_next


class EscrowClient:
    """One HTTP session for the life of the program; at most TOTAL_SECONDS for a call, retries included."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def speaking_for(self, token: str | None) -> "Escrow":
        """Without a token for a visitor, who gets the programme and nothing else."""
        return Escrow(self, {"Authorization": f"Bearer {token}"} if token else {})

    async def call(self, method: str, path: str, told_as: type[T], **request: Any) -> T:
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                for pause in PAUSES_SECONDS:
                    try:
                        return await self._attempt(method, path, told_as, **request)
                    except Unavailable:
                        await asyncio.sleep(pause)
                return await self._attempt(method, path, told_as, **request)
        except TimeoutError:
            raise Unavailable("timeout") from None

    async def _attempt(self, method: str, path: str, told_as: type[T], **request: Any) -> T:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ATTEMPT_SECONDS))
        try:
            async with self._session.request(method, self._base_url + path, **request) as response:
                if response.status >= 500:
                    raise Unavailable(str(response.status))
                return _read(response.status, await response.read(), told_as)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError, ValueError) as trouble:
            # Its name alone: its text may have something of the answer.
            raise Unavailable(type(trouble).__name__) from None


@dataclass(frozen=True)
class Escrow:
    """Escrow as one person sees it. Everything here raises Refused or Unavailable."""

    _client: EscrowClient
    _headers: Mapping[str, str]

    async def programme(self) -> Facts:
        return await self._get(dict, "programme")

    async def orders(self, **query: str | None) -> list[Order]:
        """Newest first, as escrow lists them; one page is more than a person would choose from."""
        return (await self._get(Page[Order], "orders", **query)).items

    async def order(self, id: str) -> Order:
        return await self._get(Order, "orders", id)

    async def verdict(self, order: str, **given: str | None) -> Verdict:
        """`given`: `reason`; `at`, `tier` and `delivered_at`, which suppose something."""
        return await self._get(Verdict, "orders", order, "verdict", **given)

    async def claims(self, *, order: str | None = None) -> list[Claim]:
        return (await self._get(Page[Claim], "claims", order=order)).items

    async def claim(self, id: str) -> Claim:
        return await self._get(Claim, "claims", id)

    async def money(self) -> MoneyOfAccount:
        return await self._get(MoneyOfAccount, "accounts", "me", "money")

    async def quote(self, asked: Asked, *, key: str) -> Quote:
        return await self._post(Quote, "quotes", body=asked, key=key)

    async def confirm(self, quote_id: str) -> Done:
        """The quote's id is the key: a yes that is said again is the same yes."""
        return await self._post(Done, "quotes", quote_id, "confirm", body={}, key=quote_id)

    async def became(self, quote_id: str) -> Done:
        """What became of a quote: not done while nobody has said yes to it."""
        return await self._get(Done, "quotes", quote_id)

    async def _get(self, told_as: type[T], *path: str, **query: str | None) -> T:
        """Query values that are None are left out."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return await self._client.call("GET", _route(path), told_as, headers=self._headers, params=wanted)

    async def _post(self, told_as: type[T], *path: str, body: object, key: str) -> T:
        """Retried with the same `key` only, so that escrow does it once however often it hears it."""
        if not key.strip():
            raise ValueError("a write needs an idempotency key")
        headers = {**self._headers, "Idempotency-Key": key, "Content-Type": "application/json"}
        data = msgspec.json.encode(body)
        return await self._client.call("POST", _route(path), told_as, headers=headers, data=data)


def _read(status: int, body: bytes, told_as: type[T]) -> T:
    """What a newer escrow says beside what is known is passed over; what is missing raises MsgspecError."""
    if status < 400:
        return msgspec.json.decode(body, type=told_as)
    no = msgspec.json.decode(body, type=answers.Refused)
    raise Refused(code=no.code, facts=no.facts, what_next=no.what_next)


def _route(path: tuple[str, ...]) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in path)
