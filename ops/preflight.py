"""What must be so before the desk can start, each trouble as one plain sentence."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ops import setup

SECRETS = {
    "ASSURE_SESSION_PUBLIC_KEY": "the path of the public key (PEM) of whoever signs people's session tokens",
    "ASSURE_SERVICE_KEY": "the key with which the marketplace calls escrow",
    "ASSURE_EXECUTOR_KEY": "the key with which whoever moves the money calls escrow",
}
ROOM_TO_RUN_MB = 200
SOMEBODY = "of another user"


class Trouble(Exception):
    """A sentence for the person at the terminal; no traceback belongs to it."""


def check_ports(first: int, count: int = 4) -> None:
    """Refuse when one of the ports from `first` on is taken on loopback."""
    for port in range(first, first + count):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as refused:
                raise Trouble(
                    f"port {port} is busy: stop the program that has it ({holder_of(port)}), "
                    f"or choose others with --port (the desk takes {count} in a row)."
                ) from refused


def holder_of(port: int) -> str:
    """The process that listens there, and which module it runs: the rest of its command may be private."""
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(_listens(each, port) for each in process.net_connections(kind="tcp")):
                words = process.cmdline()
                module = f" -m {words[words.index('-m') + 1]}" if "-m" in words[:-1] else ""
                return f"process {process.pid}: {process.name()}{module}"
    return SOMEBODY


def _listens(connection: Any, port: int) -> bool:
    return bool(connection.status == "LISTEN" and connection.laddr.port == port)


def check_room(home: Path, needed_mb: int = ROOM_TO_RUN_MB) -> None:
    """Make `home`, and refuse when its disk has less than `needed_mb` free."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise in_words(refused) from refused
    if sentence := setup.no_room(str(home), needed_mb):
        raise Trouble(sentence)


def check_secrets(environ: Mapping[str, str]) -> None:
    """Refuse to start a desk without demo world while a secret is not given; names all that are missing."""
    missing = [f"{name} ({meaning})" for name, meaning in SECRETS.items() if not environ.get(name)]
    if missing:
        raise Trouble("--no-demo needs real secrets; these are missing: " + "; ".join(missing) + ".")
    if environ["ASSURE_SERVICE_KEY"] == environ["ASSURE_EXECUTOR_KEY"]:
        raise Trouble("ASSURE_SERVICE_KEY and ASSURE_EXECUTOR_KEY are the same: each program needs its own.")
    key = environ["ASSURE_SESSION_PUBLIC_KEY"]
    if not os.access(key, os.R_OK):
        raise Trouble(f"ASSURE_SESSION_PUBLIC_KEY names {key}, which cannot be read.")


def in_words(error: OSError) -> Trouble:
    """The sentence for what the operating system refused."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" at {error.filename}" if error.filename else ""
        return Trouble(f"the disk is full{where}: free some room, then try again.")
    return Trouble(f"{error.filename or 'the system'}: {error.strerror or error}.")
