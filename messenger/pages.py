"""The pages and what they are made of, with headers that let nothing else in."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web
from iso4217 import Currency

from messenger.wording import Words

WEB = Path(__file__).parent / "web"
PAGES = {"/": "shop/index.html", "/console": "console/index.html"}
SHOWN = ("page.", "widget.", "console.", "order.state.", "reason.", "claim.state.")
# How many decimals money is counted in where it is not two: browsers only know what is usual.
DECIMALS = {one.code: one.exponent for one in Currency if one.exponent not in (2, None)}
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Asked for anew each time, answered with 304 while it is the same: a new version is never half old.
    "Cache-Control": "no-cache",
}
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


def add_routes(app: web.Application, words: Words) -> None:
    async def words_of(request: web.Request) -> web.Response:
        """All that the pages say, in the language nearest to the asked one."""
        asked = request.match_info["locale"].partition("-")[0].lower()
        language = asked if asked in words.languages else "en"
        told = {key: said for key, said in words.languages[language].items() if key.startswith(SHOWN)}
        body = msgspec.json.encode({"language": language, "words": told, "decimals": DECIMALS})
        return web.Response(body=body, content_type="application/json", headers=HEADERS)

    for address, page in PAGES.items():
        app.router.add_get(address, _page(WEB / page))
    app.router.add_get("/api/words/{locale}", words_of)
    app.router.add_get("/web/{path:[a-z][a-z/-]*\\.(?:js|css|svg)}", _part)


def _page(path: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def page(_request: web.Request) -> web.FileResponse:
        return _file(path)

    return page


async def _part(request: web.Request) -> web.FileResponse:
    path = WEB / request.match_info["path"]
    if not path.is_file():
        raise web.HTTPNotFound
    return _file(path)


def _file(path: Path) -> web.FileResponse:
    kind = f"{TYPES[path.suffix]}; charset=utf-8"
    return web.FileResponse(path, headers=HEADERS | {"Content-Type": kind})
