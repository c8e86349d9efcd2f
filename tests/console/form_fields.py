"""Reads a page's form as a browser would send it."""

from __future__ import annotations

from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]


class FormFields(HTMLParser):
    """Collects named fields in their order; what stands inside a template is none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self._templates = 0
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._written = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Take an input, or begin what has contents."""
        given = dict(attrs)
        name = given.get("name") or ""
        match tag:
            case "template":
                self._templates += 1
            case "input" if name and not self._templates:
                self.pairs.append((name, given.get("value") or ""))
            case "select":
                self._select, self._options = name, []
            case "option":
                self._options.append((given.get("value") or "", "selected" in given))
            case "textarea":
                self._area, self._written = name, ""

    def handle_endtag(self, tag: str) -> None:
        """Take what has ended."""
        match tag:
            case "template":
                self._templates -= 1
            case "select":
                chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
                self.pairs.append((self._select, chosen[0]))
            case "textarea":
                self.pairs.append((self._area or "", self._written.removeprefix("\n")))
                self._area = None

    def handle_data(self, data: str) -> None:
        """Keep a text area's contents."""
        if self._area is not None:
            self._written += data
