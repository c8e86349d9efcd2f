"""The master key: 32 random bytes in a file of its own, from which every other secret of the house is derived.

It lies beside the database and not in it, so that who gets hold of a copy of the database alone can forge nothing."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.errors import InvalidValue, StorageUnavailable
from engine.settings import Settings
from engine.storage.sqlite import path_of

SIZE = 32


@dataclass(frozen=True)
class KeyFile:
    """One master key; the file is made when it is first needed, readable by its owner only."""

    path: Path

    def derive(self, purpose: str) -> bytes:
        """Derive 32 bytes for a purpose, always the same ones: HMAC-SHA256(master key, purpose).

        Raises InvalidValue for a file that holds no such key, StorageUnavailable where it cannot be read or made."""
        return hmac.digest(self._master, purpose.encode(), "sha256")

    @cached_property
    def _master(self) -> bytes:
        try:
            if not self.path.exists():
                self._make()
            text = self.path.read_text("ascii").strip()
        except OSError as error:
            raise StorageUnavailable(f"The key file {self.path} cannot be read or made: {error.strerror}.") from error
        except UnicodeDecodeError:
            text = ""
        with contextlib.suppress(ValueError):
            if len(master := bytes.fromhex(text)) == SIZE:
                return master
        raise InvalidValue(f"{self.path} is not a key file: one holds {2 * SIZE} hexadecimal digits.", ("key_file",))

    def _make(self) -> None:
        """Write a new key aside and link it into its place: two who begin at once agree, and nobody reads half."""
        aside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(SIZE) + "\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(aside, self.path)
        finally:
            aside.unlink()
        _sync(self.path.parent)


def key_file_of(settings: Settings) -> KeyFile:
    """Give the key file of a house: where the settings say, else beside its database."""
    if settings.key_file is not None:
        return KeyFile(Path(settings.key_file))
    return beside(path_of(settings.database))


def beside(database: Path) -> KeyFile:
    """Give the key file beside a database."""
    return KeyFile(database.parent / f"{database.name}.key")


def _sync(folder: Path) -> None:
    """Make a new name in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
