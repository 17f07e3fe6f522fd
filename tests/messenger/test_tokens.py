"""Session and delegated tokens: whose they are, for whom, and what is refused."""

from __future__ import annotations

import asyncio
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from messenger.app import make_app
from messenger.settings import Settings
from messenger.tokens import (
    LEEWAY_S,
    Keys,
    Person,
    Unauthenticated,
    delegated_token,
    ensure_keys,
    load_keys,
    main,
    service_token,
    session_token,
    verify_session,
)

ALICE = Person(sub="alice", account="adeyemi-trading", role="buyer", name="Alice")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    ensure_keys(tmp_path)
    return load_keys(tmp_path)


def test_a_session_token_names_person_account_and_role(keys: Keys) -> None:
    person = verify_session(session_token(ALICE, keys), keys)
    assert (person.sub, person.account, person.role, person.name) == (
        "alice",
        ALICE.account,
        "buyer",
        "Alice",
    )
    assert person.expires and 0 < person.expires - time.time() <= 12 * 3600 + LEEWAY_S


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "escrow"},
        {"iss": "someone"},
        {"role": "service"},
        {"role": None},
        {"sub": ""},
        {"sub": 5},
        {"account": None},
        {"account": "*"},
        {"account": "adeyemi trading"},
        {"account": "adeyemi-trading\n"},
        {"sub": "alice "},
        {"sub": "al\x00ice"},
        {"exp": 1},
        {"exp": None},
    ],
)
def test_a_token_with_one_claim_wrong_is_nobodys(keys: Keys, wrong: dict[str, Any]) -> None:
    claims = {"iss": "assure", "aud": "messenger", "sub": "a", "account": "b", "role": "buyer"}
    changed = claims | {"exp": int(time.time()) + 60} | wrong
    assert keys.session
    token = jwt.encode(
        {name: value for name, value in changed.items() if value is not None}, keys.session, "EdDSA"
    )
    with pytest.raises(Unauthenticated):
        verify_session(token, keys)


def test_another_key_another_algorithm_and_no_signature_are_nobodys(keys: Keys) -> None:
    claims = {"iss": "assure", "aud": "messenger", "sub": "a", "account": "b", "role": "buyer"}
    claims |= {"exp": str(2**31)}
    public = keys.session_public.decode()
    for token in (
        jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA"),
        jwt.encode(claims, "x" * 32, "HS256", {"kid": public}),
        jwt.encode(claims, "", "none"),
        delegated_token(ALICE, keys, conversation="c", turn="t"),
        "",
        "..",
        "a.b.c",
    ):
        with pytest.raises(Unauthenticated):
            verify_session(token, keys)


def test_keys_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    made = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    ensure_keys(tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == made
    names = {"session.pem", "session.pub.pem", "messenger.pem", "messenger.pub.pem"}
    names |= {"marketplace.key", "executor.key"}
    assert set(made) == names
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_messengers_own_token_is_its_own_role_and_lives_minutes(tmp_path: Path, keys: Keys) -> None:
    public = (tmp_path / "keys" / "messenger.pub.pem").read_bytes()
    claims = jwt.decode(
        service_token(keys), public, algorithms=["EdDSA"], audience="escrow", issuer="messenger"
    )
    assert (claims["sub"], claims["account"], claims["role"]) == ("messenger", "messenger", "messenger")
    assert claims["exp"] - claims["iat"] == 300
    assert "shown" not in claims


def test_without_the_demo_it_starts_only_with_a_real_session_key(tmp_path: Path, keys: Keys) -> None:
    real = Settings(home=tmp_path, demo=False)
    with pytest.raises(SystemExit, match="ASSURE_SESSION_PUBLIC_KEY"):
        asyncio.run(make_app(real))
    own = replace(real, session_public_key=tmp_path / "keys" / "messenger.pub.pem")
    elsewhere = load_keys(own.home, session_public_key=own.session_public_key)
    with pytest.raises(Unauthenticated):
        verify_session(session_token(ALICE, keys), elsewhere)
    with pytest.raises(Unauthenticated):
        session_token(ALICE, elsewhere)


@pytest.mark.parametrize("program", ["marketplace", "executor"])
def test_the_key_of_a_program_is_told_where_it_is_for_escrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    monkeypatch.setenv("ASSURE_HOME", str(tmp_path))
    assert main([program, "--for", "escrow"]) == 0
    assert capsys.readouterr().out.strip() == (tmp_path / "keys" / f"{program}.key").read_text()
    assert main([program]) == 2
