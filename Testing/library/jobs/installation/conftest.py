"""A package index on this computer with small stand-ins, and a bare Python that takes Slicer's part."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ugmcl.jobs.folder import JobFolder
from ugmcl.jobs.follow import Follower, Update
from ugmcl.jobs.launch import Interpreter, launch
from ugmcl.jobs.pins import DIRECT
from ugmcl.jobs.state import ENDED

TORCH = """
__version__ = "stand-in"
class version: cuda = None
class cuda:
    @staticmethod
    def is_available(): return False
class _Number(float):
    def sum(self): return self
def ones(*shape): return None
class nn:
    class functional:
        @staticmethod
        def conv3d(image, kernel): return _Number({value})
"""


def pinned() -> dict[str, str]:
    """Versions by name, of the requirements that hold on this platform."""
    found = {}
    for requirement in DIRECT:
        pin, _, marker = requirement.partition(";")
        if not marker or ("!=" in marker) != (sys.platform == "win32"):
            name, _, version = pin.strip().partition("==")
            found[name] = version
    return found


def wheel_bytes(name: str, version: str, source: str, padding: int = 0, needs: str = "") -> bytes:
    """A wheel of one module, and ``padding`` bytes that do not compress."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": source.encode(),
        f"{info}/METADATA": (metadata + (f"Requires-Dist: {needs}\n" if needs else "")).encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if padding:
        files[f"{name}_padding.bin"] = os.urandom(padding)
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(file, content)
    return buffer.getvalue()


@dataclass
class Index:
    """Packages by file name; served slowly, broken or not at all when a test wants it.

    Attributes:
        pause_s: between two parts of 64 kB of a wheel.
        stuck: names of packages whose wheels never come to an end.
        asked: what was asked for.
    """

    wheels: dict[str, bytes] = field(default_factory=dict)
    pause_s: float = 0.0
    stuck: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def put(self, name: str, version: str, source: str = "", padding: int = 0, needs: str = "") -> None:
        """Add a package."""
        file = f"{name}-{version}-py3-none-any.whl"
        self.wheels[file] = wheel_bytes(name, version, source, padding, needs)

    def put_all(self, value: float = 216.0, padding: int = 0) -> Index:
        """Add all that is pinned; torch's convolution gives ``value``, and its wheel is larger."""
        for name, version in pinned().items():
            torch = name == "torch"
            self.put(name, version, TORCH.format(value=value) if torch else "", padding if torch else 0)
        return self

    def remove(self, name: str) -> Index:
        """Take a package away."""
        self.wheels = {file: data for file, data in self.wheels.items() if file.split("-")[0] != name}
        return self

    def folder(self, path: Path) -> Path:
        """The same as a folder of wheels."""
        path.mkdir(parents=True)
        for file, data in self.wheels.items():
            (path / file).write_bytes(data)
        return path


class _Handler(http.server.BaseHTTPRequestHandler):
    """PEP 503: a page of links for a name, and the files."""

    index: Index

    def do_GET(self) -> None:
        self.index.asked.append(self.path)
        last = self.path.rstrip("/").rpartition("/")[2]
        if last in self.index.wheels:
            self._send(self.index.wheels[last], "application/octet-stream", last.split("-")[0])
            return
        links = [
            f'<a href="/files/{file}#sha256={hashlib.sha256(data).hexdigest()}">{file}</a>'
            for file, data in self.index.wheels.items()
            if file.split("-")[0].lower().replace("_", "-") == last
        ]
        if links:
            self._send("".join(links).encode(), "text/html")
        else:
            self.send_error(404)

    def _send(self, data: bytes, kind: str, package: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        for begin in range(0, len(data), 65536):
            if package in self.index.stuck and begin:
                time.sleep(600)
            self.wfile.write(data[begin : begin + 65536])
            if package:
                time.sleep(self.index.pause_s)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index on this computer that pip's own configuration names; empty at first."""
    index = Index()
    handler = type("Handler", (_Handler,), {"index": index})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    index.url = f"http://127.0.0.1:{server.server_port}/simple"
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    yield index
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with pip and nothing else, as Slicer's is on the first day."""
    folder = tmp_path_factory.mktemp("slicer python")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


@dataclass
class Setup:
    """An installation as Slicer starts it: a job in another process."""

    target: Path
    python: str

    def start(self, **arguments: Any) -> tuple[JobFolder, Any]:
        """Begin; returns the job and its process."""
        job = JobFolder.create("install", {"target": str(self.target), **arguments})
        return job, launch(job, Interpreter(self.python))

    def run(self, **arguments: Any) -> Update:
        """Install and wait; returns the end."""
        job, launched = self.start(**arguments)
        return self.wait(job, launched)

    def wait(
        self, job: JobFolder, launched: Any, until: Callable[[Update], bool] = lambda _update: False
    ) -> Update:
        """Until the job ends, or ``until`` holds."""
        follower = Follower(job, launched)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            update = follower.look()
            if update.state in ENDED or update.error or until(update):
                return update
            time.sleep(0.05)
        raise AssertionError(f"no end: {follower.look()}")

    @property
    def left(self) -> list[str]:
        """What lies where environments are kept."""
        parent = self.target.parent
        return sorted(entry.name for entry in parent.iterdir()) if parent.is_dir() else []


@pytest.fixture
def setup(home: Path, bare_python: str, index: Index) -> Setup:
    """Nothing installed, below a folder with a difficult name."""
    return Setup(home / "env" / "s5.12.2-u0.1.0", bare_python)


@pytest.fixture
def events() -> Callable[[JobFolder, str], list[dict[str, Any]]]:
    """``events(job, kind)``: all that a job told of a kind."""

    def told(job: JobFolder, kind: str) -> list[dict[str, Any]]:
        attempt = job.newest_attempt()
        lines = attempt.events.read_text(encoding="utf-8").splitlines() if attempt else []
        return [event for event in map(json.loads, lines) if event["kind"] == kind]

    return told
