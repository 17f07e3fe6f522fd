"""`python -m messenger`: the gateway on 127.0.0.1, or on ASSURE_BIND for a reverse proxy elsewhere."""

import logging

import uvloop
from aiohttp import web

from messenger import settings
from messenger.app import make_app


def main() -> None:
    """Access is not logged: an address may name a person's conversation."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    uvloop.install()
    told = settings.read()
    app = make_app(told)
    web.run_app(app, host=told.bind, port=told.port, access_log=None, print=None, shutdown_timeout=2)


if __name__ == "__main__":
    main()
