"""`python -m escrow`: the service, on this machine's own address alone."""

from __future__ import annotations

import logging
import sys

import uvloop
from aiohttp import web

from escrow import settings
from escrow.app import CLOCKS, make_app

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
told = settings.read()
uvloop.install()
app = make_app(told)
web.run_app(app, host=settings.HOST, port=told.port, access_log=None, print=None)
sys.exit(1 if app[CLOCKS].stopped else 0)
