"""Puts escrow together: a database brought up to date, the interface, and the deadlines beside it."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from escrow import anchors, policies, poller, promises, winding
from escrow.api import Api
from escrow.auth import Authority
from escrow.settings import Settings
from escrow.store import schema
from escrow.store.database import Database
from escrow.store.faults import Unavailable

logger = logging.getLogger(__name__)
LARGEST_BODY = 64 * 1024
ANCHORS_EACH_S = 3600


@dataclass
class Clocks:
    """Whether they still go: a program whose deadlines do not fire must end, so that it is started anew."""

    stopped: bool = False

    def ended(self, firing: asyncio.Task[None]) -> None:
        if firing.cancelled():
            return
        logger.critical("deadlines fire no more", exc_info=firing.exception())
        self.stopped = True
        signal.raise_signal(signal.SIGTERM)


CLOCKS = web.AppKey("clocks", Clocks)


def bring_up_to_date(database: Database) -> None:
    """Books of an earlier version become this one's: tables, policies, what its machines wait for.

    Raises policies.Damaged.
    """
    schema.upgrade(database)
    database.write(policies.publish_shipped)
    while database.write(promises.promise_missing):
        pass
    winding.wind_up(database)


def make_app(settings: Settings) -> web.Application:
    database = Database(settings.database_url)
    try:
        bring_up_to_date(database)
    except policies.Damaged as wrong:
        raise SystemExit(f"{wrong}.") from wrong
    if not settings.demo and database.read(lambda work: work.records.is_demo()):
        raise SystemExit("these books are a demo world, whose payouts are pretended: name another database.")
    public_key = (settings.home / "keys" / "messenger.pub.pem").read_bytes()
    authority = Authority(messenger_public_key=public_key, keys=settings.keys)
    api = Api(database, authority, demo=settings.demo)

    async def beside(_app: web.Application) -> AsyncIterator[None]:
        firing = asyncio.create_task(poller.poll(api.write))
        firing.add_done_callback(app[CLOCKS].ended)
        keeping = asyncio.create_task(_keep_anchors(api, database, settings.home))
        yield
        for task in (firing, keeping):
            task.cancel()
        await asyncio.wait([firing, keeping])

    async def close(_app: web.Application) -> None:
        database.close()

    app = web.Application(client_max_size=LARGEST_BODY)
    app[CLOCKS] = Clocks()
    app.cleanup_ctx.append(beside)
    api.add_routes(app)
    app.on_cleanup.append(close)
    return app


async def _keep_anchors(api: Api, database: Database, home: Path) -> None:
    """One a day, looked at each hour; the desk goes on without one, and its health says so."""
    while True:
        api.tell_anchored(await asyncio.to_thread(_keep_anchor, database, home))
        await asyncio.sleep(ANCHORS_EACH_S)


def _keep_anchor(database: Database, home: Path) -> bool:
    """Whether that went well; whatever was wrong is in the log."""
    try:
        anchors.keep(database, home, database.read(lambda work: work.records.now()))
    except (anchors.Behind, Unavailable) as wrong:
        logger.error("no anchor could be kept: %s", wrong)
    except Exception:
        logger.exception("no anchor could be kept")
    else:
        return True
    return False
