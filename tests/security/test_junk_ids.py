"""The attack, or the accident: thousands of devices that all call themselves `null` become one person."""

from __future__ import annotations

import pytest

from tests.collector.wire import batch, browser, event, new
from tests.security.people import identities, whole
from tests.server import Server

WORDS = [
    *("null", "none", "nil", "undefined", "nan", "true", "false", "0", "-1", "anonymous", "guest", "unknown", "test"),
    *("[object Object]", "(not set)", "n/a", "{}", "[]", "00000000-0000-0000-0000-000000000000"),
]
SPACES = "\u0020\u0009\u000a\u00a0\u1680\u2003\u2009\u200a\u2028\u202f\u205f\u3000"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202e\u0000\u0007\u007f"
DISGUISES = {
    "as it is": "{}",
    "in double quotes": '"{}"',
    "in single quotes": "'{}'",
    "in curly quotes": "“{}”",
    "in backticks": "`{}`",
    "quoted twice": "\"'{}'\"",
    "quoted as JSON in JSON": '\\"{}\\"',
    "padded": "  {}\t",
    "padded within quotes": '" {} "',
    **{f"after U+{ord(space):04X}": f"{space}{{}}{space}" for space in SPACES},
    **{f"quoted after U+{ord(space):04X}": f'"{space}{{}}{space}"' for space in SPACES},
    **{f"with U+{ord(unseen):04X}": f"{{}}{unseen}" for unseen in UNSEEN},
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
def test_junk_identifies_nobody_however_it_is_disguised(server: Server, disguise: str) -> None:
    written = [disguise.format(form) for word in WORDS for form in (word, word.upper(), word.title())]

    answer = batch(
        server, *(event(userId=junk) for junk in written), *({"type": "page", "userId": one} for one in written)
    )

    assert [path for _, code, path in answer.warnings if code == "junk_identifier"] == ["userId"] * len(written)
    assert [code for _, code, _ in answer.rejected] == ["identity_missing"] * len(written)


def test_devices_that_share_junk_stay_apart(server: Server) -> None:
    devices = [new("device") for _ in WORDS]

    batch(server, *(event("identify", anonymousId=device, userId="NULL") for device in devices))

    assert [identities(whole(server, anonymousId=device)) for device in devices] == [{device} for device in devices]


@pytest.mark.parametrize("junk", ["null@null", "none", "undefined@undefined", "n/a", "@", "null@", "test@localhost"])
def test_junk_in_place_of_an_address_makes_nobody_known(server: Server, junk: str) -> None:
    who = browser()

    answer = who.post(server, event("identify", traits={"email": junk}))

    assert answer.json["visitor"]["known"] is False
    assert whole(server, email=junk) is None


def test_an_honest_id_that_holds_a_word_of_junk_identifies(server: Server) -> None:
    honest = [f"{word}-{new('user')}" for word in ("null", "test", "guest", "0")]

    batch(server, *(event("identify", userId=user) for user in honest))

    found = [whole(server, identity={"namespace": "user_id", "value": user}) for user in honest]
    assert [user in identities(one) for user, one in zip(honest, found, strict=True)] == [True] * 4
