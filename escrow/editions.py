"""The texts under which the policies are published: one text for one meaning, which stays as it was.

What a version's own document does not say does not get into its text, so a key that later programs know
leaves the texts of earlier versions alone.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from escrow.policy import Policy


class Version(msgspec.Struct, frozen=True):
    """A policy and the text under which it is published: one text for one meaning."""

    policy: Policy
    text: str

    @property
    def hash(self) -> str:
        return text_hash(self.text)


def documents(text: str) -> list[Any]:
    found: list[Any] = yaml.safe_load(text)
    return found


def read(text: str) -> tuple[Version, ...]:
    """All versions of a document, oldest first; raises msgspec.ValidationError naming what is wrong."""
    versions = [_version(document) for document in documents(text)]
    return tuple(sorted(versions, key=lambda version: version.policy.in_force_from))


def amended(shipped: Version, changes: dict[str, Any]) -> Version:
    """A version with other numbers: `changes` are laid over the document, part by part."""
    document = msgspec.json.decode(shipped.text)
    for part, values in changes.items():
        document[part] = {**document[part], **values} if isinstance(values, dict) else values
    return _version(document)


def _version(document: Any) -> Version:
    policy = msgspec.convert(document, Policy)
    ZoneInfo(policy.zone)
    told = said(msgspec.to_builtins(policy, order="deterministic"), document)
    return Version(policy, msgspec.json.encode(told).decode())


def said(told: Any, document: Any) -> Any:
    """Of all that a policy is, what its document says, whatever the order of its keys."""
    if isinstance(told, dict):
        return {key: said(value, document[key]) for key, value in told.items() if key in document}
    if isinstance(told, list | tuple):
        return [said(value, given) for value, given in zip(told, document, strict=True)]
    return told


def published(text: str) -> Policy:
    """A version as its published text says it; raises msgspec.MsgspecError for one that cannot be read."""
    return msgspec.json.decode(text, type=Policy)


@cache
def versions() -> tuple[Version, ...]:
    """Those that come with the program."""
    return read(files("escrow").joinpath("policy.yml").read_text("utf-8"))


def shipped() -> tuple[Policy, ...]:
    return tuple(version.policy for version in versions())


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
