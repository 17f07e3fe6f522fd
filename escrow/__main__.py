"""`python -m escrow`: the service, on this machine's own address alone."""

from __future__ import annotations

import logging

import uvloop
from aiohttp import web

from escrow import settings
from escrow.app import make_app

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
told = settings.read()
uvloop.install()
web.run_app(make_app(told), host=settings.HOST, port=told.port, access_log=None, print=None)
