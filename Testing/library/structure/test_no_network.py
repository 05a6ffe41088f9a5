"""Nothing leaves the computer at run time: no network client in the sources, and a run without a network."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from ugmcl.samples import demo_sample

CLIENTS = {"requests", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib", "xmlrpc", "paramiko", "http"}
CLIENT_PARTS = {"urllib.request", "http.client", "asyncio.streams", "torch.hub"}
SOCKET_USERS = {"ugmcl/jobs/lock.py"}  # for the computer's name

CUT = """
import socket
def refuse(*arguments, **further):
    raise OSError("this test has no network")
class Cut(socket.socket):
    connect = connect_ex = sendto = refuse
socket.socket = Cut
socket.getaddrinfo = socket.create_connection = socket.gethostbyname = refuse
"""


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_no_source_names_a_network_client(root: Path) -> None:
    found = []
    for path in sorted([*(root / "ugmcl").rglob("*.py"), *root.glob("UGMCL*/**/*.py")]):
        names = imported(path)
        relative = path.relative_to(root).as_posix()
        clients = {name for name in names if name.partition(".")[0] in CLIENTS or name in CLIENT_PARTS}
        if "socket" in names and relative not in SOCKET_USERS:
            clients.add("socket")
        found += [f"{relative}: {name}" for name in sorted(clients)]
    assert not found


def test_segmenting_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(CUT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "UGMCL_HOME": str(tmp_path / "home")}
    output = tmp_path / "results"
    command = [sys.executable, "-m", "ugmcl.cli.main", "segment", str(demo_sample().image)]
    check = [sys.executable, "-c", "import socket; socket.getaddrinfo('localhost', 80)"]
    cut = subprocess.run(check, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert "no network" in cut.stderr
    done = subprocess.run(
        [*command, "--model", "hippocampus", "--output", str(output)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert list(output.glob("*.seg.nrrd"))
