"""What pip says becomes one sentence that names the cause and a remedy."""

from __future__ import annotations

import pytest

from ugmcl.jobs.installation_faults import diagnosis, last_meaningful

NOTHING = [
    "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)",
    "ERROR: No matching distribution found for torch==2.13.0",
]
RETRY = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by '{}': /simple/torch/"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([RETRY.format("NewConnectionError(...)"), *NOTHING], "the package index cannot be reached"),
        ([RETRY.format("ProxyError('Cannot connect to proxy.')"), *NOTHING], "proxy refused"),
        ([RETRY.format("SSLError(SSLCertVerificationError)"), *NOTHING], "certificate is not trusted"),
        (NOTHING, "a package cannot be had here"),
        (["ERROR: Could not install packages: [Errno 28] No space left on device"], "disk is full"),
        (["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE INDEX"], "damaged on its way"),
        (["ERROR: Wheel 'torch' located at /x/torch.whl is invalid."], "a package is damaged"),
        (["ERROR: ... [WinError 206] The filename or extension is too long: 'C:'"], "a path became too long"),
        (["/usr/bin/python: No module named pip"], "has no pip"),
        (["Traceback", "ReadTimeoutError: Pool(host='x'): Read timed out."], "cannot be reached"),
        (["ERROR: something new"], "pip: something new"),
        ([], "ended with status 1"),
    ],
)  # fmt: skip
def test_the_cause_is_named(lines: list[str], words: str) -> None:
    fault = diagnosis(lines, 1)
    assert words in str(fault)
    assert fault.remedy


def test_an_early_trouble_that_passed_is_not_the_cause() -> None:
    missing = "ERROR: No matching distribution found for monai==1.6.1 (from versions: 1.0)"
    assert "cannot be had here" in str(diagnosis([RETRY.format("ReadTimeoutError"), missing], 1))


def test_silence_is_explained_by_what_was_tried() -> None:
    fault = diagnosis([RETRY.format("ConnectTimeoutError")], None)
    assert "the package index cannot be reached" in str(fault)
    assert "stopped answering" in str(diagnosis(["Collecting torch==2.13.0"], None))


def test_the_last_meaningful_line() -> None:
    notice = "[notice] A new release of pip is available"
    assert last_meaningful(["Collecting torch", "ERROR: no such thing", "", notice]) == "no such thing"
    assert last_meaningful(["Collecting torch", "", notice]) == "Collecting torch"
    assert last_meaningful([]) == ""
    assert len(last_meaningful(["x" * 1000])) < 250
