"""Checks the structure of an HTML page."""

import re
from html.parser import HTMLParser
from typing import Any


class StructureParser(HTMLParser):
    """Asserts that every element is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(content: bytes, plots: int) -> str:
    """Assert that a page is well-formed, has this many plots and loads nothing; return it as text."""
    text = content.decode()
    parser = StructureParser()
    parser.feed(text)
    assert parser.open == []
    assert parser.seen.count("svg") == plots
    assert not {"script", "link", "img", "iframe"} & set(parser.seen)
    references = re.findall(r"(?:src|href)=\"([^\"]*)\"|url\(([^)]*)\)", text)
    assert {(a or b)[0] for a, b in references} <= {"#"}  # plots reference their own elements
    assert "<text" not in text  # text in plots is drawn as paths, without fonts
    return text
