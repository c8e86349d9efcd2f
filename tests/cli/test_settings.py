"""Settings: flags before variables, those before rollcall.toml, that before defaults; nonsense is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.configuration import settings
from engine.errors import InvalidValue
from engine.settings import Settings


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder with no settings around."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROLLCALL_PORT", raising=False)
    return tmp_path


def test_without_anything_the_defaults_hold() -> None:
    assert settings() == Settings()


def test_each_place_comes_before_the_next(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "rollcall.toml").write_text('port = 1\ninbox_size = 1\nhost = "file"')
    monkeypatch.setenv("ROLLCALL_PORT", "2")
    monkeypatch.setenv("ROLLCALL_INBOX_SIZE", "2")

    found = settings(port=3, host=None)

    assert (found.port, found.inbox_size, found.host) == (3, 2, "file")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PORT", "0", 0),
        ("WRITE_KEY", "wk_x", "wk_x"),
        ("RATE_LIMIT", "off", "off"),
        *(("SIMULATED_CLOCK", text, True) for text in ("1", "true", "YES", "on")),
        *(("SECURE_COOKIES", text, False) for text in ("0", "false", "No", "off")),
    ],
)
def test_a_variable_is_read_as_its_setting_is(
    name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ROLLCALL_{name}", text)

    assert getattr(settings(), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("PORT", text) for text in ("", "x", "-1", "1.5", "65536", "²", "tcp://10.0.0.1:80")),
        *(("SIMULATED_CLOCK", text) for text in ("", "maybe", "2")),
    ],
)
def test_a_variable_that_makes_no_sense_is_an_error(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ROLLCALL_{name}", text)

    with pytest.raises(InvalidValue, match=name.lower()):
        settings()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("prot = 1", "unknown setting: prot"),
        ("port = ", "cannot be read"),
        ("port = true", "port is a whole number"),
        ("port = 1.5", "port is a whole number"),
        ("host = [1]", "host is text"),
        ("write_key = true", "write_key is text"),
        ("simulated_clock = 7", "simulated_clock is true or false"),
    ],
)
def test_a_file_that_makes_no_sense_is_an_error(here: Path, written: str, told: str) -> None:
    (here / "rollcall.toml").write_text(written)

    with pytest.raises(InvalidValue, match=told):
        settings()


def test_a_variable_that_is_no_setting_may_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_SERVICE_HOST", "10.0.0.1")

    assert settings() == Settings()
