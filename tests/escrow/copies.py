"""Books that were made once are copied where the same are wanted again: a file, or a template of a server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

from escrow.store.database import Database

Make = Callable[[Database], object]

_files: dict[str, bytes] = {}
_templates: dict[tuple[str, str], str] = {}


def made_once(name: str, url: str, make: Make) -> Database:
    """The database at `url`, empty until now, as `make` makes it: it does so once, then that is copied."""
    at = make_url(url)
    if at.get_backend_name() == "sqlite":
        _file(name, Path(str(at.database)), make)
    else:
        _database(name, at, make)
    return Database(url)


def _file(name: str, path: Path, make: Make) -> None:
    assert not path.exists(), f"{path} is to be {name}, and there is something already"
    if name in _files:
        path.write_bytes(_files[name])
        return
    _make(f"sqlite:///{path}", make)
    assert not path.with_name(f"{path.name}-wal").exists(), "not all of it is in the file"
    _files[name] = path.read_bytes()


def _database(name: str, at: URL, make: Make) -> None:
    server, wanted = at.set(database="postgres").render_as_string(hide_password=False), at.database
    with psycopg.connect(server, autocommit=True) as work:
        if template := _templates.get((server, name)):
            work.execute(f"DROP DATABASE {wanted}")
            work.execute(f"CREATE DATABASE {wanted} TEMPLATE {template}")
            return
        _make(at.render_as_string(hide_password=False), make)
        _templates[server, name] = template = f"assure_{uuid4().hex[:12]}"
        work.execute(f"CREATE DATABASE {template} TEMPLATE {wanted}")


def _make(url: str, make: Make) -> None:
    with closing(Database(url)) as database:
        make(database)
