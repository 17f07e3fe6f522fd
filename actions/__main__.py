"""`python -m actions`: the action server on 127.0.0.1, at the port of ASSURE_ACTIONS_URL."""

import logging
import os
from urllib.parse import urlsplit

import uvloop
from aiohttp import web

from actions.app import build


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    uvloop.install()
    port = int(os.environ.get("ASSURE_PORT", "8080"))
    own = os.environ.get("ASSURE_ACTIONS_URL", f"http://127.0.0.1:{port + 2}")
    escrow = os.environ.get("ASSURE_ESCROW_URL", f"http://127.0.0.1:{port + 3}")
    web.run_app(build(escrow), host="127.0.0.1", port=urlsplit(own).port or port + 2, access_log=None)


if __name__ == "__main__":
    main()
