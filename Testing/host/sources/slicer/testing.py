"""Running a module's own test by name, as Slicer does on its command line."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Sequence


def runUnitTest(path: str | Sequence[str], testname: str) -> None:
    """Run the unittest cases called `testname`, found in folder(s) `path`; AssertionError when one fails."""
    sys.path.extend([path] if isinstance(path, str) else path)
    suite = unittest.TestLoader().loadTestsFromName(testname)
    outcome = unittest.TextTestRunner(verbosity=2).run(suite)
    if not outcome.wasSuccessful():
        raise AssertionError(f"{testname}: {len(outcome.failures)} failed, {len(outcome.errors)} broke")
