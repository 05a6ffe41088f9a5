"""Slicer's own tests of its Python layer pass in the host; what it cannot do is named here."""

from __future__ import annotations

import importlib.util
import os
import sys
import unittest
from pathlib import Path
from typing import Any

import pytest

SOURCES = os.environ.get("SLICER_PYTHON_DIR")
FILES = (
    "test_slicer_parameter_node_wrapper",
    "test_slicer_parameter_pack",
    "test_slicer_parameter_node_wrapper_gui_creation",
    "test_slicer_parameter_node_wrapper_guis",
    "test_slicer_util_VTKObservationMixin",
    "test_slicer_util_getNodes",
    "test_slicer_util_chdir",
    "test_slicer_util_childWidgetVariables",
)
ELSEWHERE = "its connector is in Modules/Loadable/SubjectHierarchy"
NOT_IN_THE_HOST = {
    "test_qMRMLSubjectHierarchyComboBox": ELSEWHERE,
    "test_qMRMLSubjectHierarchyTreeViewToNode": ELSEWHERE,
}

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not SOURCES, reason="needs SLICER_PYTHON_DIR, Base/Python of a Slicer checkout"),
]


def cases(name: str) -> unittest.TestSuite:
    """The test cases of one of Slicer's files."""
    path = Path(SOURCES or "") / "slicer/tests" / f"{name}.py"
    if not path.is_file():
        pytest.skip(f"this checkout has no {name}")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # a parameter's type is stored by its module's name
    spec.loader.exec_module(module)
    return unittest.TestLoader().loadTestsFromModule(module)


@pytest.mark.parametrize("name", FILES)
def test_slicers_tests_pass(host: Any, name: str) -> None:
    outcome = unittest.TestResult()
    suite = cases(name)
    suite.run(outcome)
    wrong = {case.id().rpartition(".")[2]: text for case, text in outcome.failures + outcome.errors}
    unexpected = {test: text for test, text in wrong.items() if test not in NOT_IN_THE_HOST}
    print(f"{name}: {outcome.testsRun - len(wrong)} of {outcome.testsRun}")
    assert outcome.testsRun > 0
    assert not unexpected, "\n".join(f"{test}: {text}" for test, text in unexpected.items())
    host.errors()  # some of them provoke errors
