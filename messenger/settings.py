"""What the messenger is told by its environment, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    home: Path
    demo: bool = True
    bind: str = "127.0.0.1"
    port: int = 8080
    rasa_url: str = "http://127.0.0.1:8081"
    actions_url: str = "http://127.0.0.1:8082"
    escrow_url: str = "http://127.0.0.1:8083"
    database_url: str | None = None
    session_public_key: Path | None = None
    origins: frozenset[str] = field(default_factory=frozenset)
    words: Path = ROOT / "data" / "words"
    slow_after_s: float = 15.0
    give_up_after_s: float = 120.0
    notice_wait_s: int = 20

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'messenger.db'}"


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """`ASSURE_ORIGINS`: further web origins, parted by commas, whose pages may open the WebSocket;
    `ASSURE_WORDS`: a folder of `<language>.yml` files instead of the project's own."""
    port = int(environment.get("ASSURE_PORT", "8080"))
    key = environment.get("ASSURE_SESSION_PUBLIC_KEY")
    origins = environment.get("ASSURE_ORIGINS", "").split(",")
    return Settings(
        home=Path(environment.get("ASSURE_HOME", ".assure")),
        demo=environment.get("ASSURE_DEMO", "1") == "1",
        bind=environment.get("ASSURE_BIND", "127.0.0.1"),
        port=port,
        rasa_url=environment.get("ASSURE_RASA_URL", f"http://127.0.0.1:{port + 1}"),
        actions_url=environment.get("ASSURE_ACTIONS_URL", f"http://127.0.0.1:{port + 2}"),
        escrow_url=environment.get("ASSURE_ESCROW_URL", f"http://127.0.0.1:{port + 3}"),
        database_url=environment.get("ASSURE_DATABASE_URL") or None,
        session_public_key=Path(key) if key else None,
        words=Path(environment.get("ASSURE_WORDS", ROOT / "data" / "words")),
        origins=frozenset(origin.strip() for origin in origins if origin.strip()),
    )
