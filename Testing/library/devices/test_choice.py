"""Which device, and that the reason is told; cards are simulated."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from ugmcl.devices import choice
from ugmcl.devices.choice import choose_device, list_cards
from ugmcl.errors import UserError

GIB = 2**30


class Cards:
    """Replaces what torch says about graphics cards."""

    def __init__(self, patch: pytest.MonkeyPatch, *cards: tuple[str, float, float, tuple[int, int]]) -> None:
        patch.setattr(torch.cuda, "is_available", lambda: bool(cards))
        patch.setattr(torch.cuda, "device_count", lambda: len(cards))
        patch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_80", "sm_90", "compute_90"])
        patch.setattr(torch.cuda, "mem_get_info", lambda i: (cards[i][2] * GIB, cards[i][1] * GIB))
        patch.setattr(
            torch.cuda,
            "get_device_properties",
            lambda i: SimpleNamespace(
                name=cards[i][0], total_memory=cards[i][1] * GIB, major=cards[i][3][0], minor=cards[i][3][1]
            ),
        )


def test_without_a_card_the_processor_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    Cards(monkeypatch)
    monkeypatch.setattr(choice.platform, "system", lambda: "Linux")
    found = choose_device()
    assert found.device == "cpu" and "PyTorch" in found.reason


def test_a_driver_without_a_fitting_pytorch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Cards(monkeypatch)
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(choice.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert "NVIDIA driver is installed" in choose_device().reason


def test_the_card_with_the_most_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    Cards(monkeypatch, ("Small", 12, 10, (8, 6)), ("Big", 24, 22, (9, 0)))
    found = choose_device()
    assert (found.device, found.name) == ("cuda:1", "Big") and "22.0 GiB" in found.reason
    assert choose_device("cuda").device == "cuda:0"
    assert choose_device("cuda:1").device == "cuda:1"
    assert [choose_device(local_rank=rank).device for rank in (0, 1, 2)] == ["cuda:0", "cuda:1", "cuda:0"]
    monkeypatch.setenv("LOCAL_RANK", "0")  # as torchrun does
    assert choose_device().device == "cuda:0"


@pytest.mark.parametrize(
    ("card", "word"),
    [
        (("Old", 8, 7, (6, 1)), "compute capability 6.1"),
        (("Weak", 2, 1.9, (8, 6)), "too little"),
        (("Busy", 24, 0.5, (8, 6)), "0.5 GiB of its memory are free"),
    ],
)
def test_a_card_that_would_fail_is_left_aside_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, card: tuple, word: str
) -> None:
    Cards(monkeypatch, card)
    found = choose_device()
    assert found.device == "cpu" and word in found.reason and card[0] in found.reason


def test_a_weak_card_is_used_when_asked_for_but_not_one_without_code(monkeypatch: pytest.MonkeyPatch) -> None:
    Cards(monkeypatch, ("Weak", 2, 1.9, (8, 6)), ("Old", 8, 7, (6, 1)), ("Newer", 8, 7, (12, 0)))
    assert choose_device("cuda:0").device == "cuda:0"
    with pytest.raises(UserError, match=r"capability 6\.1"):
        choose_device("cuda:1")
    assert list_cards()[2].fault == ""  # compiled from the newest intermediate code


@pytest.mark.parametrize("wish", ["cuda", "cuda:1", "mps", "tpu", "cuda:x"])
def test_a_wish_that_cannot_be_met_is_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    Cards(monkeypatch)
    monkeypatch.setattr(choice.platform, "system", lambda: "Linux")
    with pytest.raises(UserError) as caught:
        choose_device(wish)
    assert caught.value.remedy and wish in str(caught.value)


def test_a_card_that_does_not_exist_names_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    Cards(monkeypatch, ("Only", 8, 7, (8, 0)))
    with pytest.raises(UserError, match=r"cuda:0 \(Only\)"):
        choose_device("cuda:3")


def test_apples_gpu_comes_after_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    Cards(monkeypatch)
    monkeypatch.setattr(choice.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device().device == "mps" and choose_device("mps").device == "mps"
    assert choose_device("cpu").device == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device().device == "cpu"
