"""A small site of its own origin, which carries scripts: pages as told, and files of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Site:
    """Pages by path, at `address`; every other path is a file of the folder."""

    def __init__(self, port: int) -> None:
        self.address = f"http://shop.test:{port}"
        self.pages: dict[str, str] = {}

    def has(self, path: str, head: str, body: str = "") -> str:
        """Publish a page, and give its address."""
        title = "<meta charset=utf-8><title>Shop</title>"
        self.pages[path] = f"<!doctype html><html lang=en><head>{title}{head}</head><body>{body}</body></html>"
        return self.address + path


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Serve a folder and pages on a free port of this machine."""

    class Handler(SimpleHTTPRequestHandler):
        """Answers for the site."""

        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=folder)  # type: ignore[arg-type]

        def do_GET(self) -> None:
            page = site.pages.get(self.path.partition("?")[0])
            if page is None:
                super().do_GET()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *given: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        site = Site(listening.server_address[1])
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            listening.shutdown()
            thread.join()
