"""Who somebody is, as signed tokens; also `./assure token`.

Session tokens come in from the page where a person is signed in; delegated tokens go out to escrow
for one turn of that person. Both are EdDSA alone; expiry goes by the machine's clock.
"""

import argparse
import os
import re
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.codes import Role
from messenger import demo, settings

AGENTS = frozenset({Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR})
ROLES = AGENTS | {Role.BUYER, Role.SUPPLIER}
# As escrow takes them.
NAME = re.compile(r"[\x21-\x7e]{1,200}")
ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
SESSION_S = 12 * 3600
DELEGATED_S = 300
# Two machines' clocks differ by a little; whom the marketplace signed in a moment ago is let in.
LEEWAY_S = 10
# Programs that ask escrow with a key of their own, not with a token.
PROGRAMS = (Role.MARKETPLACE, Role.EXECUTOR)


class Unauthenticated(Exception):
    """The token is missing, forged, for somebody else, or past its time: the caller learns no more."""


@dataclass(frozen=True)
class Person:
    """Who speaks (`sub`), for which account, in which role; `expires` in seconds of the machine's clock."""

    sub: str
    account: str
    role: str
    name: str | None = None
    expires: float | None = None


@dataclass(frozen=True)
class Keys:
    """PEM texts. Only the demo world has `session`, the private half with which people are signed in."""

    session_public: bytes
    messenger: bytes
    session: bytes | None = None


def ensure_keys(home: Path) -> None:
    """Make the keys that are not there yet; the folder is its owner's alone."""
    folder = home / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("session", "messenger"):
        private = folder / f"{name}.pem"
        if not private.exists():
            _write_pair(private, Ed25519PrivateKey.generate())
    for program in PROGRAMS:
        if not (key := folder / f"{program}.key").exists():
            _write(key, secrets.token_urlsafe(32).encode())


def _write_pair(private: Path, key: Ed25519PrivateKey) -> None:
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    _write(private.with_suffix(".pub.pem"), public)
    _write(private, key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()))


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and never readable by others."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(path)


def load_keys(home: Path, *, session_public_key: Path | None = None) -> Keys:
    """With a `session_public_key`, sessions are signed elsewhere and the demo's key counts for nothing."""
    folder = home / "keys"
    private = None if session_public_key else (folder / "session.pem").read_bytes()
    public = (session_public_key or folder / "session.pub.pem").read_bytes()
    return Keys(session_public=public, messenger=(folder / "messenger.pem").read_bytes(), session=private)


def session_token(person: Person, keys: Keys, *, lives_s: float = SESSION_S) -> str:
    if keys.session is None:
        raise Unauthenticated("sessions are signed elsewhere")
    claims: dict[str, Any] = {"iss": "assure", "aud": "messenger", "exp": int(time.time() + lives_s)}
    claims |= {"sub": person.sub, "account": person.account, "role": person.role}
    return jwt.encode(claims | ({"name": person.name} if person.name else {}), keys.session, "EdDSA")


def verify_session(token: str, keys: Keys) -> Person:
    """The person whom the token names; raises Unauthenticated for whatever is wrong with it."""
    asked: Any = {"audience": "messenger", "issuer": "assure", "leeway": LEEWAY_S}
    asked["options"] = {"require": ["exp", "sub", "account", "role"]}
    try:
        claims = jwt.decode(token, keys.session_public, algorithms=["EdDSA"], **asked)
    except (jwt.InvalidTokenError, ValueError) as wrong:
        raise Unauthenticated from wrong
    sub, account, role = named = [claims["sub"], claims["account"], claims["role"]]
    if not all(isinstance(value, str) for value in named) or role not in ROLES:
        raise Unauthenticated
    if not (NAME.fullmatch(sub) and ACCOUNT.fullmatch(account)):
        raise Unauthenticated
    return Person(sub, account, role, name=claims.get("name"), expires=float(claims["exp"]) + LEEWAY_S)


def delegated_token(
    person: Person,
    keys: Keys,
    *,
    conversation: str,
    turn: str,
    shown: list[str] | None = None,
    lives_s: int = DELEGATED_S,
) -> str:
    """A token for escrow. With `shown`, only these quotes can be confirmed with it."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": "messenger", "aud": "escrow", "sub": person.sub, "role": person.role}
    claims |= {"account": person.account, "conversation": conversation, "turn": turn}
    claims |= {"iat": now, "exp": now + lives_s, "jti": secrets.token_hex(8)}
    return jwt.encode(claims if shown is None else claims | {"shown": shown}, keys.messenger, "EdDSA")


def service_token(keys: Keys) -> str:
    """With which messenger itself asks escrow for notices and revokes turns."""
    own = Person(sub="messenger", account="messenger", role="messenger")
    return delegated_token(own, keys, conversation="-", turn="-")


def of_demo(known: demo.DemoPerson) -> Person:
    return Person(sub=known.person, account=known.account, role=known.role, name=known.name)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./assure token", description="A demo user's token, 12 h.")
    whose = f"alice, omar, …; with --for escrow also the key of {' or '.join(PROGRAMS)}"
    parser.add_argument("person", help=whose)
    parser.add_argument("--for", dest="audience", choices=["messenger", "escrow"], default="messenger")
    asked = parser.parse_args(arguments)
    told = settings.read()
    if not told.demo:
        print("assure: tokens are made here for the demo world alone.", file=sys.stderr)
        return 1
    home = told.home
    ensure_keys(home)
    if asked.person in PROGRAMS and asked.audience == "escrow":
        print((home / "keys" / f"{asked.person}.key").read_text())
        return 0
    known = demo.people().get(asked.person)
    if known is None:
        print(f"assure: {demo.nobody(asked.person)}", file=sys.stderr)
        return 2
    keys, person = load_keys(home), of_demo(known)
    turn = f"cli-{secrets.token_hex(6)}"
    for_escrow = delegated_token(person, keys, conversation="cli", turn=turn, lives_s=SESSION_S)
    print(for_escrow if asked.audience == "escrow" else session_token(person, keys))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
