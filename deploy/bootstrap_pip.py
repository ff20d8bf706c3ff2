"""Put pip into an environment whose Python has no ensurepip. Standard library only.

Usage: bootstrap_pip.py FOLDER, with the package index in PIP_INDEX_URL. Checks the sum that the index states for the file.
"""

import hashlib
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

HELP = (
    "This Python has neither ensurepip nor pip. Install your system's python3-venv or python3-pip package, "
    "or set PIP_INDEX_URL to the address of a package index, and start again."
)


def main(folder: Path) -> None:
    """Fetch the newest pip wheel and let it install itself."""
    index = os.environ.get("PIP_INDEX_URL", "")
    if not index.startswith("https://"):
        sys.exit(HELP)
    page_address = index.rstrip("/") + "/pip/"
    with urllib.request.urlopen(page_address) as page:
        links = re.findall(r'href="([^"]+/(pip-([\d.]+)-py3-none-any\.whl)#sha256=([0-9a-f]{64}))"', page.read().decode())
    if not links:
        sys.exit(f"{page_address} offers no pip. {HELP}")
    link, name, _, digest = max(links, key=lambda found: [int(part) for part in found[2].split(".")])
    with urllib.request.urlopen(urllib.parse.urljoin(page_address, link)) as answer:
        wheel = answer.read()
    if hashlib.sha256(wheel).hexdigest() != digest:
        sys.exit(f"{name} does not have the sum that the index states.")
    file = folder / name
    file.write_bytes(wheel)
    python = folder / "bin" / "python"
    subprocess.run([python, f"{file}/pip", "install", "--quiet", "--no-index", str(file)], check=True)
    file.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
