"""What every answer of the console says to the browser."""

from __future__ import annotations

import re

import httpx2
import pytest

from tests.console.conftest import SignIn

PAGES = [
    ("/console/sign-in", 303),
    ("/console/", 303),
    ("/console/audiences", 200),
    ("/console/audiences?state=NONSENSE&sort=nonsense&tag=none", 200),
    ("/console/audiences/all", 200),
    ("/console/audiences/all?members_after=nonsense", 422),
    ("/console/audiences/all/delete", 200),
    ("/console/audiences/none", 404),
    ("/console/profiles", 200),
    ("/console/profiles/999999", 404),
    ("/console/profiles/99999999999999999999999999", 404),
    ("/console/profiles/999999/why?audience=all", 404),
    ("/console/profiles/nobody", 404),
    ("/console/profiles/999999/unlink?identity=0123456789abcdef", 404),
    ("/console/profiles/999999/merge", 404),
    ("/console/profiles/999999/merge?with=99999999999999999999999999", 404),
    ("/console/profiles/999999/erase", 404),
    ("/console/profiles/999999/export.json", 404),
    ("/console/profiles/99999999999999999999999999/unlinked?with=1", 404),
    ("/console/events/999999", 404),
    ("/console/events/99999999999999999999999999", 404),
    ("/console/refused?page=0", 200),
    ("/console/refused?page=99999999999999999999", 200),
    ("/console/refused/identities", 200),
    ("/console/nothing/here", 404),
]


@pytest.mark.parametrize(("path", "status"), PAGES)
def test_every_page_carries_the_strict_headers(client: httpx2.Client, sign_in: SignIn, path: str, status: int) -> None:
    sign_in()

    answer = client.get(path)

    assert answer.status_code == status
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    if status != 303:
        assert_strict(answer)


def assert_strict(answer: httpx2.Response) -> None:
    """Look at the policy, and that the page's scripts carry its nonce and nothing stands inline."""
    policy = answer.headers["content-security-policy"]
    (nonce,) = re.findall(r"script-src 'nonce-([\w-]{22})';", policy)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in script and "src=" in script for script in scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|js:", answer.text)


def test_no_two_answers_share_a_nonce(client: httpx2.Client) -> None:
    policies = {client.get("/console/sign-in").headers["content-security-policy"] for _ in range(5)}

    assert len(policies) == 5


def test_vendored_files_are_kept_for_a_year_and_ours_are_asked_for_anew(client: httpx2.Client) -> None:
    vendored = client.get("/console/static/vendor/htmx-4.0.1.min.js")
    ours = client.get("/console/static/console.css")
    again = client.get("/console/static/console.css", headers={"If-None-Match": ours.headers["etag"]})

    assert vendored.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert ours.headers["cache-control"] == "no-cache"
    assert again.status_code == 304
    assert client.get("/console/static/../pages.py").status_code in (303, 404)
    assert client.get("/console/static/%2e%2e/pages.py").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_what_a_page_cannot_do_is_told_in_its_own_look(client: httpx2.Client, sign_in: SignIn, method: str) -> None:
    sign_in()

    answer = client.request(method, "/console/profiles", headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 405
    assert "That is not how this page works" in answer.text
    assert_strict(answer)
