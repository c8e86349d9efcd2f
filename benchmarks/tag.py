"""The tag beside others in one Chromium: sizes, script time on the main thread, time to the first event, its bytes."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from benchmarks.report import Figure, Plan
from benchmarks.rivals import Script, scripts
from tests.browser import ARGUMENTS, executable

BASELINE = "one-line fetch"
SETTLED_AFTER = 700
"""Milliseconds after the load in which everybody has sent the first event; Segment and PostHog gather for a while."""
THROTTLED = 4
UNNOTICED = ["--disable-blink-features=AutomationControlled"]
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
"""Some tags leave browsers alone that are driven by a program; here they are to work."""
PAGE = """<!doctype html><html lang=en><head><title>A page about bicycles</title>
<meta name=keywords content="cycling, gear"><script async src="/{name}.js" data-write-key=wk_benchmark
data-website-id=00000000-0000-0000-0000-000000000000></script></head><body><h1>Hello</h1></body></html>"""
BARE = (
    "<!doctype html><html lang=en><head><title>A page about bicycles</title></head><body><h1>Hello</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one page view cost: milliseconds, and the bytes and number of posts."""

    script: float
    first_event: float | None = None
    size: int = 0
    posts: int = 0


def run(plan: Plan) -> Iterator[Figure]:
    """Load a page with each tag in turn, 15 times, in new contexts of one browser; each round has all of them."""
    tags, rounds = scripts(), plan.pick(2, 15)
    with _served(tags) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, *UNNOTICED])
        seen = _rounds(browser, address, ["bare", *(one.name for one in tags)], rounds, 1)
        slow = _rounds(browser, address, ["bare", *(one.name for one in tags)], rounds, THROTTLED)
        browser.close()
    yield from (_size(one, tags[0]) for one in tags if one.name != BASELINE)
    yield from _times("script time", seen, " ms", 5.0)
    yield from _times(f"script time, CPU {THROTTLED}× slower", slow, " ms", 30.0)
    yield from _events(seen)


def _size(one: Script, ours: Script) -> Figure:
    named = f"{one.name}: raw, gzip, Brotli"
    value = f"{one.raw:,} {one.gzip:,} {one.brotli:,}"
    if one is ours:
        return Figure(name=named, value=value, target="≤ 4,096 Brotli", met=one.brotli <= 4_096)
    return Figure(name=named, value=value, ratio=one.brotli / ours.brotli)


def _times(what: str, seen: dict[str, list[Visit]], unit: str, most: float) -> Iterator[Figure]:
    """Tell each median less that of the page without any tag: what the tag adds."""
    bare = median(visit.script for visit in seen["bare"])
    spent = {name: median(visit.script for visit in visits) - bare for name, visits in seen.items() if name != "bare"}
    for name, value in spent.items():
        ours = name == "rollcall"
        yield Figure(
            name=f"{name}: {what}",
            value=f"{value:.1f}{unit}",
            baseline=f"{BASELINE} {spent[BASELINE]:.1f}{unit}",
            ratio=value / spent[BASELINE] if spent[BASELINE] > 0 else None,
            target=f"≤ {most:.0f}{unit}" if ours else "",
            met=value <= most if ours else None,
        )


def _events(seen: dict[str, list[Visit]]) -> Iterator[Figure]:
    for name, visits in seen.items():
        times = [visit.first_event for visit in visits if visit.first_event is not None]
        if name == "bare" or not times:
            continue
        ours, size, posts = name == "rollcall", visits[-1].size, max(visit.posts for visit in visits)
        yield Figure(
            name=f"{name}: first event after",
            value=f"{median(times):.0f} ms",
            baseline=f"{size:,} bytes, {posts} posts",
            target="≤ 110 ms, ≤ 900 bytes, 1 post" if ours else "",
            met=(median(times) <= 110 and size <= 900 and posts == 1) if ours else None,
        )


def _rounds(browser: Browser, address: str, names: list[str], rounds: int, slower: int) -> dict[str, list[Visit]]:
    seen: dict[str, list[Visit]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            seen[name].append(_visit(browser, f"{address}/?page={name.replace(' ', '-')}", slower))
    return seen


def _visit(browser: Browser, address: str, slower: int) -> Visit:
    with browser.new_context(user_agent=PERSON) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        requests: list[dict[str, Any]] = []
        session.on("Network.requestWillBeSent", lambda told: requests.append(told))  # not a built-in
        for command in ("Network.enable", "Performance.enable"):
            session.send(command)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.goto(address)
        page.wait_for_timeout(SETTLED_AFTER * (2 if slower > 1 else 1))
        posts = [one for one in requests if one["request"]["method"] == "POST"]
        first = (posts[0]["timestamp"] - requests[0]["timestamp"]) * 1_000 if posts else None
        size = len(posts[0]["request"].get("postData", "").encode()) if posts else 0
        return Visit(_script_time(session), first, size, len(posts))


def _script_time(session: CDPSession) -> float:
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["ScriptDuration"]) * 1_000


@contextmanager
def _served(tags: list[Script]) -> Iterator[str]:
    """Serve a page for each tag, and an answer to whatever they ask."""
    files = {f"/{one.name.replace(' ', '-')}.js": one.file.read_bytes() for one in tags}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?page=")
            if path in files:
                self._answer(files[path], "text/javascript")
            elif path == "/":
                self._answer((BARE if query == "bare" else PAGE.format(name=query)).encode(), "text/html")
            else:
                self._answer(b"{}", "application/json")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer(b'{"success":true,"visitor":{"known":false,"audiences":[]}}', "application/json")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of a page that was closed before its answer."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
