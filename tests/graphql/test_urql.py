"""The example of docs/graphql.md for urql runs in Chromium against a real server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route

from tests.graphql.asking import Device
from tests.graphql.npm import HERE, node
from tests.graphql.test_docs import blocks


def program(address: str) -> str:
    """Give the page's program for a server."""
    (found,) = (text for text in blocks("js") if "@urql/core" in text)
    return found.replace("https://rollcall.example", address)


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    """Give urql as browsers load it: its modules, by the names that they call each other."""
    node("--version")  # installs the packages
    packages = HERE / "node_modules"
    files = {
        "@urql/core": packages / "@urql" / "core" / "dist" / "urql-core.mjs",
        "@0no-co/graphql.web": packages / "@0no-co" / "graphql.web" / "dist" / "graphql.web.mjs",
        "wonka": packages / "wonka" / "dist" / "wonka.mjs",
    }
    chunks = (packages / "@urql" / "core" / "dist").glob("urql-core-chunk*.mjs")
    texts = {name: file.read_text() for name, file in [*files.items(), *((one.name, one) for one in chunks)]}
    return {
        name: text.replace("process.env.NODE_ENV", '"production"') for name, text in texts.items()
    }  # as bundlers do


def test_the_example_for_urql_runs(address: str, page: Page, modules: dict[str, str]) -> None:
    device = Device(address)
    device.identifies(email="urql@example.org")
    shop = f"{address}/shop/"
    imports = ",".join(f'"{name}": "/shop/m/{name}"' for name in modules)
    html = f"""<!doctype html><link rel=icon href=data:,><script type=importmap>{{"imports": {{{imports}}}}}</script>
      <script>localStorage.setItem("rollcall.secret", "{device.secret}")</script>
      <script type=module>{program(address)}</script>"""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(shop).removeprefix("m/")
        name = name.removeprefix("@urql/") if name.startswith("@urql/urql-") else name  # asked for as a neighbour
        kind = "text/javascript" if name else "text/html"
        route.fulfill(body=modules[name] if name else html, content_type=kind)

    page.route(f"{shop}**", answer)
    page.goto(shop)

    page.wait_for_selector("html[data-audiences~=known_users]")
