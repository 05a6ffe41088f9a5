"""The test that users run inside Slicer ("Reload and Test", ctest) passes in the host too, and can fail."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(240)


def test_it_passes_from_the_sample_to_the_corrected_copy(host: Any, module: Any) -> None:
    from UGMCLSegmentationLib import module_test

    told: list[str] = []
    done = module_test.run_module_test(told.append)
    assert done == ["sample", "nodes", "agreement", "overlay", "review", "correction"]
    assert told[-1].startswith("Not tested here: ")


def test_without_a_set_up_it_ends_after_the_sample_and_says_so(
    host: Any, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from UGMCLSegmentationLib import module_test

    monkeypatch.setattr(module_test, "_can_compute", lambda: False)
    told: list[str] = []
    assert module_test.run_module_test(told.append) == ["sample"]
    assert "Left out" in told[-1]


def test_a_wrong_result_fails(host: Any, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from UGMCLSegmentationLib import module_test

    sample = module_test.load_sample("hippocampus_335")
    other = module_test.load_sample("hippocampus_050")
    wrong = type("Nodes", (), {"segmentation": other.reference})
    with pytest.raises(AssertionError, match="Dice"):
        module_test.check_agreement(sample, wrong)


def test_slicer_finds_the_test_class(host: Any, module: Any) -> None:
    assert module.UGMCLSegmentationTest.__mro__[1].__name__ == "ScriptedLoadableModuleTest"


def test_starting_slicer_registers_the_samples(host: Any, module: Any) -> None:
    import slicer

    slicer.modules.sampleDataSources = {}
    module.UGMCLSegmentation.started(None)
    assert len(slicer.modules.sampleDataSources["UG-MCL"]) == 8
