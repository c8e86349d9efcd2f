"""The demo over HTTP: its pages, its policy, and who may ask for what."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from demo_site.app import routes
from demo_site.magazine import STORIES
from engine.ports import Engine
from graphql_api.app import routes as graphql
from tests.demo.reader import SECRET, leave_address, read

PAGES = ["/", "/shop", "/newsletter", "/for-you", *(f"/stories/{one.slug}" for one in STORIES)]
PROOF = {"Authorization": f"Visitor {SECRET}"}


@pytest_asyncio.fixture
async def client(engine: Engine) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[*graphql(engine), *routes(engine, write_key="wk_test", secret_key="sk_test")])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://demo.test") as client:
        yield client


async def test_every_page_carries_the_tag_and_the_strict_policy(client: httpx2.AsyncClient) -> None:
    for path in PAGES:
        page = await client.get(path)

        assert page.status_code == 200
        assert '<script async src="/tag.js" data-write-key="wk_test"></script>' in page.text
        assert "sk_test" not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_story_tells_its_topics(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/stories/one-pot-one-flame")).text

    assert '<meta name="keywords" content="cooking, hiking">' in page
    assert 'data-topics="cooking:1, hiking:0.4"' in page


async def test_a_story_that_is_not_there_is_a_page_that_says_so(client: httpx2.AsyncClient) -> None:
    page = await client.get("/stories/none")

    assert page.status_code == 404
    assert "This path ends here" in page.text


async def test_what_a_reader_wrote_is_shown_as_text(engine: Engine, client: httpx2.AsyncClient) -> None:
    await read(engine, title='"><img src=x onerror=alert(1)>')

    panel = (await client.get("/demo/panel", headers=PROOF)).text

    assert "<img" not in panel
    assert "&lt;img src=x onerror=alert(1)&gt;" in panel


async def test_the_panel_is_for_the_visitor_alone(engine: Engine, client: httpx2.AsyncClient) -> None:
    await read(engine)

    proven = await client.get("/demo/panel", headers=PROOF)
    stranger = await client.get("/demo/panel", headers={"Authorization": f"Visitor {'x' * 43}"})
    nobody = await client.get("/demo/panel")

    assert proven.headers["cache-control"] == "private, no-store"
    assert "Beans, slowly" in proven.text
    assert stranger.text == nobody.text
    assert "Beans, slowly" not in nobody.text


async def test_the_live_line_needs_the_visitors_secret(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/demo/live")).status_code == 401


async def test_the_server_puts_the_readers_topic_first(engine: Engine, client: httpx2.AsyncClient) -> None:
    await read(engine, "Hearing the grinder", "coffee")
    await leave_address(engine, "ada@example.com")

    chosen = (await client.get("/demo/for-you", headers=PROOF)).text

    assert "For ada@example.com, because you like <b>coffee</b>" in chosen
    assert chosen.index("Learning to hear the grinder") < chosen.index("Coffee at two thousand metres")


async def test_the_server_chooses_without_a_visitor_too(client: httpx2.AsyncClient) -> None:
    chosen = await client.get("/demo/for-you")

    assert chosen.status_code == 200
    assert "Read a story or two" in chosen.text


@pytest.mark.parametrize("given", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://demo.test"}])
async def test_the_sites_own_pages_let_time_pass(
    engine: Engine, client: httpx2.AsyncClient, given: dict[str, str]
) -> None:
    before = engine.clock.now()

    answer = await client.post("/demo/advance/week", headers=given)

    assert answer.json()["now"] - before >= 7 * 86_400_000


@pytest.mark.parametrize(
    "given",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://elsewhere.test"},
        {},
    ],
)
async def test_nobody_else_lets_time_pass(client: httpx2.AsyncClient, given: dict[str, str]) -> None:
    assert (await client.post("/demo/advance/week", headers=given)).status_code == 403


async def test_there_is_no_such_span(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/demo/advance/century")).status_code == 404
