"""What the environment says: where the state lives, where to listen, whether this is the demo world."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
# The programs that come with a key, and the variable that gives it where it is not one of our own making.
KEYS = {"marketplace": "ASSURE_SERVICE_KEY", "executor": "ASSURE_EXECUTOR_KEY"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    home: Path
    port: int
    demo: bool
    database_url: str
    keys: Mapping[str, str]


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises FileNotFoundError while a program's key has neither been made nor given."""
    home = Path(environment.get("ASSURE_HOME", ".assure"))
    default = f"http://{HOST}:{int(environment.get('ASSURE_PORT', '8080')) + 3}"
    return Settings(
        home=home,
        port=urlsplit(environment.get("ASSURE_ESCROW_URL", default)).port or 8083,
        demo=environment.get("ASSURE_DEMO", "1") == "1",
        database_url=database_url(environment),
        keys={
            program: environment.get(variable) or (home / "keys" / f"{program}.key").read_text().strip()
            for program, variable in KEYS.items()
        },
    )


def home(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("ASSURE_HOME", ".assure"))


def database_url(environment: Mapping[str, str] = os.environ) -> str:
    return environment.get("ASSURE_DATABASE_URL") or f"sqlite:///{home(environment) / 'escrow.db'}"
