"""Escrow over HTTP, on behalf of the person whose turn it is."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

import aiohttp

Answer: TypeAlias = dict[str, Any]

TOTAL_SECONDS = 5.0
ATTEMPT_SECONDS = 2.2
PAUSES_SECONDS = (0.1, 0.4)


class Unavailable(Exception):
    """Escrow gave no usable answer in time. A write may or may not have happened; its key tells."""


class Refused(Exception):
    """Escrow understood and said no: `code` and `facts` are its own, `what_next` says what would help."""

    def __init__(self, *, code: str, facts: Answer, what_next: str | None) -> None:
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

    async def read(
        self, *path: str, token: str | None = None, query: Mapping[str, str | None] | None = None
    ) -> Answer:
        """Raises Refused or Unavailable. Query values that are None are left out."""
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        return await self._call("GET", _route(path), headers=_bearer(token), params=wanted)

    async def write(self, *path: str, token: str, key: str, body: Answer) -> Answer:
        """Retried with the same `key` only, so that escrow does it once however often it hears it."""
        if not key.strip():
            raise ValueError("a write needs an idempotency key")
        headers = _bearer(token) | {"Idempotency-Key": key}
        return await self._call("POST", _route(path), headers=headers, json=body)

    async def _call(self, method: str, path: str, **request: Any) -> Answer:
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                for pause in PAUSES_SECONDS:
                    try:
                        return await self._attempt(method, path, **request)
                    except Unavailable:
                        await asyncio.sleep(pause)
                return await self._attempt(method, path, **request)
        except TimeoutError:
            raise Unavailable("timeout") from None

    async def _attempt(self, method: str, path: str, **request: Any) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ATTEMPT_SECONDS))
        try:
            async with self._session.request(method, self._base_url + path, **request) as response:
                if response.status >= 500:
                    raise Unavailable(str(response.status))
                answer: Answer = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as trouble:
            raise Unavailable(type(trouble).__name__) from None
        if response.status >= 400:
            raise Refused(
                code=str(answer.get("code", "other")),
                facts=answer.get("facts") or {},
                what_next=answer.get("what_next"),
            )
        return answer


def _route(path: tuple[str, ...]) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in path)


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
