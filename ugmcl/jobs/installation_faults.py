"""What pip's last words mean: one sentence and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ugmcl.errors import UserError

_LONGEST = 200  # characters of a quoted line
_CONNECTION = (
    (r"\b407\b|ProxyError|Cannot connect to proxy", "the proxy refused the connection",
     "Ask for its address and set HTTPS_PROXY, or choose a folder of wheels"),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerification", "the network's certificate is not trusted",
     "Set PIP_CERT to your institution's certificate, or choose a folder of wheels"),
    (r"Name or service not known|getaddrinfo failed|name resolution|nodename nor servname"
     r"|NewConnectionError|ConnectTimeout|Connection refused|ConnectionResetError|Network is unreachable"
     r"|ReadTimeout|Read timed out|IncompleteRead|ProtocolError|connection broken",
     "the package index cannot be reached",
     "Check the network and the proxy, or choose a folder of wheels"),
)  # fmt: skip
_OTHERS = (
    (r"No space left|not enough space|Errno 28\b|WinError 112", "the disk is full",
     "Make room, then try again"),
    (r"WinError 206|File name too long|Errno 36\b", "a path became too long",
     "Set UGMCL_HOME to a shorter folder, e.g. C:\\ugmcl"),
    (r"Permission denied|WinError 5\b|Access is denied|WinError 32", "a file was refused or is in use",
     "Pause the virus scanner for this folder, or set UGMCL_HOME to another one"),
    (r"DO NOT MATCH THE HASHES", "a package was damaged on its way", "Try again"),
    (r"is invalid|BadZipFile|not a zip file|[Ii]nvalid wheel|missing a valid", "a package is damaged",
     "Try again; where it came from a folder of wheels, replace it there"),
    (r"No matching distribution|ResolutionImpossible|conflicting", "a package cannot be had here",
     "Choose a folder with all wheels for this Python and system, or copy the diagnostics and ask"),
    (r"No module named pip", "Slicer's Python has no pip", "Reinstall Slicer, or choose your own Python"),
)  # fmt: skip


def diagnosis(lines: Sequence[str], status: int | None) -> UserError:
    """The error to raise for a pip that failed.

    Args:
        lines: what it said.
        status: of its end; None where it was ended because nothing happened any more.
    """
    last = last_meaningful(lines)
    errors = "\n".join(line for line in lines if _is_error(line)) or last
    tried = "\n".join(line for line in lines if "Retrying" in line or "Could not fetch URL" in line)
    silent = status is None
    nothing_found = "(from versions: none)" in errors
    text = f"{errors}\n{tried}" if silent or nothing_found else errors
    for pattern, what, remedy in (*_CONNECTION, *_OTHERS):
        if re.search(pattern, text):
            return UserError(f"{what} (pip: {last})", None, remedy)
    if silent:
        return UserError(f"the package index stopped answering (pip: {last})", None, _CONNECTION[-1][-1])
    ended = f"ended with status {status}" if last == "" else last
    return UserError(f"pip: {ended}", None, "Copy the diagnostics and ask")


def last_meaningful(lines: Sequence[str]) -> str:
    """The last error, else the last line that says something; "" where there is none."""
    spoken = [line.strip() for line in lines if line.strip() and not line.startswith("[notice]")]
    errors = [line for line in spoken if _is_error(line)]
    last = (errors or spoken or [""])[-1].removeprefix("ERROR:").strip()
    return last if len(last) <= _LONGEST else f"{last[:_LONGEST]}…"


def _is_error(line: str) -> bool:
    return re.match(r"\s*(ERROR\b|[\w.]*(Error|Exception)\b)", line) is not None
