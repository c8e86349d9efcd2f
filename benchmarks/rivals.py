"""Other tags from the npm registry, each bundled with the one call that its manual shows for counting a page."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PINNED = HERE / "rivals"
TAG = HERE.parent / "static" / "tag.min.js"
CACHE = Path(tempfile.gettempdir()) / "rollcall-rivals"
UMAMI = "2.10.0"
"""Its package is the whole application, so it is unpacked and not installed."""

ENTRIES = {
    "one-line fetch": "fetch('/collect', {method: 'POST', body: JSON.stringify({url: location.href})})",
    "umami": "import './package/src/tracker/index.js'",
    "plausible": """import { init } from '@plausible-analytics/tracker';
        init({ domain: 'shop.example', endpoint: location.origin + '/api/event', captureOnLocalhost: true })""",
    "jitsu": """import { jitsuAnalytics } from '@jitsu/js';
        jitsuAnalytics({ host: location.origin, writeKey: 'k' }).page()""",
    "segment": """import { AnalyticsBrowser } from '@segment/analytics-next';
        AnalyticsBrowser.load({ writeKey: 'k', cdnSettings: { integrations: { 'Segment.io':
          { apiKey: 'k', apiHost: location.host + '/v1', protocol: 'http' } } } }).page()""",
    "posthog": """import posthog from 'posthog-js';
        posthog.init('k', { api_host: location.origin, defaults: '2025-05-24' })""",
}
MEASURE = """import { readFileSync } from 'fs'; import { brotliCompressSync, gzipSync } from 'zlib';
for (const file of process.argv.slice(1)) {
  const bytes = readFileSync(file); console.log(bytes.length, gzipSync(bytes).length, brotliCompressSync(bytes).length)
}"""


@dataclass(frozen=True, slots=True)
class Script:
    """A tag as browsers get it, and its size as it is, with gzip, and with Brotli."""

    name: str
    file: Path
    raw: int = 0
    gzip: int = 0
    brotli: int = 0


def scripts() -> list[Script]:
    """Give all tags, ours first; the registry is asked once, what it gave is kept beside other temporary files."""
    _install()
    files = {"rollcall": TAG, **{name: _bundled(name, entry) for name, entry in ENTRIES.items()}}
    words = [_program("node"), "--input-type=module", "-e", MEASURE, "--", *map(str, files.values())]
    lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    sizes = ([int(one) for one in line.split()] for line in lines)
    return [Script(name, file, *size) for (name, file), size in zip(files.items(), sizes, strict=True)]


def _install() -> None:
    lock = CACHE / "package-lock.json"
    if lock.exists() and lock.read_bytes() == (PINNED / "package-lock.json").read_bytes() and (CACHE / "done").exists():
        return
    shutil.rmtree(CACHE, ignore_errors=True)
    shutil.copytree(PINNED, CACHE)
    npm = _program("npm")
    subprocess.run([npm, "ci", "--ignore-scripts", "--silent"], cwd=CACHE, check=True, timeout=300)
    subprocess.run([npm, "pack", f"umami@{UMAMI}", "--silent"], cwd=CACHE, check=True, capture_output=True, timeout=300)
    shutil.unpack_archive(CACHE / f"umami-{UMAMI}.tgz", CACHE, filter="data")
    (CACHE / "done").touch()


def _bundled(name: str, entry: str) -> Path:
    """Bundle and minify, as a site's own build would."""
    source, made = CACHE / f"{name}.entry.js", CACHE / f"{name}.js"
    source.write_text(entry)
    words = [str(CACHE / "node_modules/.bin/esbuild"), str(source), "--bundle", "--minify", "--format=iife"]
    how = ['--define:process.env.NODE_ENV="production"', "--target=es2019", "--log-level=error", f"--outfile={made}"]
    subprocess.run([*words, *how], cwd=CACHE, check=True, timeout=60)
    return made


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is needed to compare tags: apt-get install nodejs npm")
    return found
