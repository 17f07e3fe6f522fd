"""The demo world's people, and signing in as one of them. Outside the demo there is no such door."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml

from messenger.settings import ROOT


@dataclass(frozen=True)
class DemoPerson:
    person: str
    name: str
    role: str
    account: str
    account_name: str
    locale: str = "en"
    zone: str = "UTC"

    def shown(self) -> dict[str, str]:
        return asdict(self)


@cache
def people(path: Path = ROOT / "data" / "demo.yml") -> dict[str, DemoPerson]:
    """By name of sign-in, in the order of the file. An account gives its people their role and zone."""
    world = yaml.safe_load(path.read_text())
    found: dict[str, DemoPerson] = {}
    for account, told in world["accounts"].items():
        for person in told["persons"]:
            found[person] = DemoPerson(
                person=person,
                name=person.replace("-", " ").title(),
                role=told["role"],
                account=account,
                account_name=told["name"],
                locale=told.get("locale", "en"),
                zone=told.get("zone", "UTC"),
            )
    return found
