"""What a browser says of a page: barriers that axe finds by WCAG 2.2 AA, and whether it fits a phone."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
PHONE = 360  # pixels


def barriers(page: Page, address: str) -> list[str]:
    """Go to the address; what axe finds there."""
    page.goto(address)
    found = []
    for violation in Axe().run(page, options=RULES).response["violations"]:
        nodes = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        found.append(f"{address}: {violation['id']} ({violation['help']}): {nodes}")
    return found


def too_wide(page: Page, addresses: Iterable[str]) -> list[str]:
    """The pages that scroll sideways on a phone."""
    wide = []
    for address in addresses:
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE:
            wide.append(f"{address}: {width} px")
    return wide
