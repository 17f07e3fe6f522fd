"""The four programs of one desk: where each listens, what it is told, how it is started."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PROGRAMS = ("messenger", "rasa", "actions", "escrow")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One desk: its state in `home`, its programs on `port` (messenger) and the three ports after it."""

    home: Path
    port: int = 8080
    demo: bool = True
    database: str | None = None

    @property
    def url(self) -> str:
        return self.url_of("messenger")

    def url_of(self, program: str) -> str:
        return f"http://{HOST}:{self.port + PROGRAMS.index(program)}"

    def log_of(self, program: str) -> Path:
        return self.home / "logs" / f"{program}.log"

    def environment(self) -> dict[str, str]:
        """What every program of the desk reads; the caller's own variables pass through."""
        actions = self.url_of("actions")
        ours = {
            "ASSURE_HOME": str(self.home),
            "ASSURE_DEMO": "1" if self.demo else "0",
            "ASSURE_PORT": str(self.port),
            "ASSURE_RASA_URL": self.url_of("rasa"),
            "ASSURE_ACTIONS_URL": actions,
            "ASSURE_ACTIONS_WEBHOOK": f"{actions}/webhook",
            "ASSURE_ESCROW_URL": self.url_of("escrow"),
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "PYTHONUNBUFFERED": "1",
        }
        database = {"ASSURE_DATABASE_URL": self.database} if self.database else {}
        return {**os.environ, **ours, **database}

    def commands(self, model: Path) -> dict[str, list[str]]:
        """What starts each program."""
        rasa = ["rasa", "run", "--model", str(model), "--endpoints", "endpoints.yml"]
        rasa += ["--credentials", "credentials.yml", "-i", HOST, "-p", str(self.port + 1)]
        words = {program: rasa if program == "rasa" else [program] for program in PROGRAMS}
        return {program: [sys.executable, "-m", *words[program]] for program in PROGRAMS}


def free_home(home: Path) -> Path:
    """The state directory as an absolute path with the folders that the programs write to."""
    home = home.absolute()
    for folder in ("logs", "models"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    return home
