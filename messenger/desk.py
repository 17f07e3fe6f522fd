"""The other three programs, as messenger reaches them over HTTP. Escrow's answers also set the clock."""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from messenger.clock import Clock
from messenger.settings import Settings
from messenger.tokens import Keys, Person, delegated_token, service_token

MOST_PAGES = 20
ORDERS_WITHIN_S = 3


class Unreachable(Exception):
    """No answer, or none that can be used."""


class Desk:
    def __init__(self, http: aiohttp.ClientSession, keys: Keys, settings: Settings) -> None:
        self.clock = Clock()
        self._http = http
        self._keys = keys
        self._settings = settings

    async def escrow(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        key: str | None = None,
        timeout_s: float = 5,
    ) -> tuple[int, Any]:
        """Status and JSON of escrow's answer; without `token` as messenger itself. Raises Unreachable."""
        headers = {"Authorization": f"Bearer {token or service_token(self._keys)}"}
        headers |= {"Idempotency-Key": key} if key else {}
        url = self._settings.escrow_url + path
        try:
            async with self._http.request(
                method, url, json=body, headers=headers, timeout=aiohttp.ClientTimeout(timeout_s)
            ) as answer:
                self.clock.learn(answer.headers.get("Assure-Now"))
                content = await answer.read()
                return answer.status, msgspec.json.decode(content) if content else None
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as wrong:
            raise Unreachable(type(wrong).__name__) from wrong

    async def orders_of(self, person: Person, conversation: str) -> frozenset[str]:
        """The ids of the person's own orders, those of their account's side; raises Unreachable."""
        token = delegated_token(person, self._keys, conversation=conversation, turn=f"{conversation}-orders")
        found: set[str] = set()
        after: str | None = ""
        for _ in range(MOST_PAGES):
            path = "/v1/orders" + (f"?after={quote(after)}" if after else "")
            status, page = await self.escrow("GET", path, token=token, timeout_s=ORDERS_WITHIN_S)
            if status != 200:
                raise Unreachable(f"status {status}")
            found |= {order["id"] for order in page["items"]}
            after = page["next"]
            if after is None:
                break
        return frozenset(found)

    async def learn_time(self, *, older_than_s: float = 1.0) -> None:
        """Ask escrow for the time unless it was learnt lately; without an answer the old one stays."""
        if self.clock.age_s > older_than_s:
            await self._answers(f"{self._settings.escrow_url}/healthz", 0.5)

    async def turn(self, payload: dict[str, Any]) -> list[dict[str, Any]]:
        """What the bot says to this turn, at least one saying; raises Unreachable."""
        url = self._settings.rasa_url + "/webhooks/assure/turn"
        try:
            timeout = aiohttp.ClientTimeout(total=self._settings.give_up_after_s)
            async with self._http.post(url, json=payload, timeout=timeout) as answer:
                content = await answer.read()
                if answer.status != 200:
                    raise Unreachable(f"status {answer.status}")
            return msgspec.json.decode(content, type=_Turn).sayings
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as wrong:
            raise Unreachable(type(wrong).__name__) from wrong

    async def missing(self) -> list[str]:
        """The names of the programs that do not answer."""
        health = {
            "rasa": f"{self._settings.rasa_url}/webhooks/assure/",
            "actions": f"{self._settings.actions_url}/health",
            "escrow": f"{self._settings.escrow_url}/healthz",
        }
        answers = await asyncio.gather(*(self._answers(url, 2) for url in health.values()))
        return [name for name, well in zip(health, answers, strict=True) if not well]

    async def _answers(self, url: str, timeout_s: float) -> bool:
        try:
            async with self._http.get(url, timeout=aiohttp.ClientTimeout(timeout_s)) as answer:
                self.clock.learn(answer.headers.get("Assure-Now"))
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


class _Turn(msgspec.Struct):
    sayings: list[dict[str, Any]]

    def __post_init__(self) -> None:
        if not self.sayings:
            raise ValueError("an empty list is no answer")
