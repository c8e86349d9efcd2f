"""Trusted documents: what a site has written down beforehand, asked by `documentId` instead of by its text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from engine.errors import InvalidValue


def id_of(text: str) -> str:
    """Give a document's identifier, as GraphQL over HTTP has it: `sha256:` and the hash of its text."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def trusted_documents(place: str | None) -> Mapping[str, str]:
    """Read a folder of `.graphql` files, or a JSON file of identifier → text: gives identifier → text.

    Every text is found by its hash, and those of a JSON file by their identifier there too.
    Raises InvalidValue."""
    if place is None:
        return {}
    path = Path(place)
    try:
        named = _of_folder(path) if path.is_dir() else _of_file(path)
    except (OSError, ValueError) as error:
        raise InvalidValue(f"graphql_documents: {path} cannot be read: {error}.", ("graphql_documents",)) from None
    return named | {id_of(text): text for text in named.values()}


def _of_folder(folder: Path) -> dict[str, str]:
    texts = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("**/*.graphql"))]
    if not texts:
        raise ValueError("the folder has no .graphql file")
    return {id_of(text): text for text in texts}


def _of_file(file: Path) -> dict[str, str]:
    named = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(named, dict) or not all(isinstance(text, str) for text in named.values()):
        raise ValueError("it must be one JSON object of identifier → document")
    return {str(id): text for id, text in named.items()}
