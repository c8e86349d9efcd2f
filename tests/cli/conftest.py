"""Folders to run commands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give an empty folder."""
    return Folder(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Give a folder that the tests of a module share."""
    return Folder(tmp_path_factory.mktemp("shared"))
