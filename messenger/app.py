"""Puts the messenger together: one store, one hub, one gateway, and what runs beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
from aiohttp import web

from messenger import pages
from messenger.console import Api
from messenger.desk import Desk
from messenger.gateway import Gateway
from messenger.hub import Hub
from messenger.notices import Notices
from messenger.rendering import Speaker
from messenger.settings import Settings
from messenger.store import Store
from messenger.tokens import load_keys
from messenger.turns import Turns
from messenger.wording import Words


async def make_app(settings: Settings) -> web.Application:
    """The web application; its background work runs from its start to its end."""
    if not settings.demo and settings.session_public_key is None:
        raise SystemExit("assure: ASSURE_SESSION_PUBLIC_KEY is missing: nobody could sign in.")
    keys = load_keys(settings.home, session_public_key=settings.session_public_key)
    log, hub, speaker = Store(settings.store_url), Hub(), Speaker(Words(settings.words))
    await asyncio.to_thread(log.prepare)
    http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))
    desk = Desk(http, keys, settings)
    turns = Turns(log, hub, desk, speaker, keys, settings)
    gateway = Gateway(log, hub, desk, turns, speaker, keys, settings)

    async def beside(_app: web.Application) -> AsyncIterator[None]:
        notices = asyncio.create_task(Notices(log, hub, desk, speaker, settings).run())
        recovery = asyncio.create_task(turns.recover())
        yield
        for task in (notices, recovery):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await turns.close()
        await http.close()
        log.close()

    app = web.Application(client_max_size=1 << 16)
    app.router.add_get("/ws", gateway.serve)
    Api(gateway).add_routes(app)
    pages.add_routes(app, speaker.words)
    app.cleanup_ctx.append(beside)
    app.on_shutdown.append(gateway.close)
    return app
