"""What every test may ask for: places, the shared data or a reason to skip, small volumes, a small model."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: the workers share the cores
os.environ["MPLBACKEND"] = "Agg"

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data(root: Path) -> Path:
    """The folder of the shared data sets; the test is skipped where it is absent."""
    folder = root.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data (../shared/data) are not on this computer")
    return folder


@pytest.fixture(scope="session")
def left_atrium_reader(shared_data: Path) -> Any:
    """The shared left-atrium scans' own ``read.py``, which uses nothing of this library; else a skip."""
    source = shared_data / "left-atrium" / "read.py"
    if not source.is_file():
        pytest.skip("the shared left-atrium scans (../shared/data/left-atrium) are not on this computer")
    specification = importlib.util.spec_from_file_location("read_left_atrium", source)
    assert specification is not None and specification.loader is not None
    reader = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(reader)
    return reader


@pytest.fixture(scope="session", autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Jobs, models and logs of the tests go to a temporary folder, never to the user's own."""
    folder = tmp_path_factory.mktemp("ugmcl-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UGMCL_HOME", str(folder))
        patch.delenv("UGMCL_MODELS", raising=False)
        yield folder


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Torch computes with one thread: workers do not fight for cores, and sums keep their order."""
    import torch

    torch.set_num_threads(1)


def ball_case(seed: int = 0, shape_zyx: tuple[int, int, int] = (20, 24, 22)) -> tuple[np.ndarray, np.ndarray]:
    """A noisy image (z, y, x) of a ball, its upper half brighter, and the label 0/1/2 of the halves."""
    random = np.random.default_rng(seed)
    center = np.asarray(shape_zyx) / 2 + random.uniform(-1.5, 1.5, 3)
    radius = min(shape_zyx) * random.uniform(0.24, 0.3)
    z, y, x = np.indices(shape_zyx)
    inside = (z - center[0]) ** 2 + (y - center[1]) ** 2 + (x - center[2]) ** 2 <= radius**2
    label = np.where(inside, np.where(z < center[0], 1, 2), 0).astype(np.uint8)
    image = 100.0 + 80.0 * label + random.normal(0, 12.0, shape_zyx)
    return image.astype(np.float32), label


def write_with_sitk(path: Path, array_zyx: np.ndarray, spacing_mm: tuple[float, float, float]) -> Path:
    """Writes a volume without this library's code."""
    import SimpleITK as sitk

    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(array_zyx)
    image.SetSpacing(spacing_mm)
    image.SetOrigin((-12.0, 7.0, 30.0))
    sitk.WriteImage(image, str(path), True)
    return path


@pytest.fixture
def write_ball(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """``write_ball(name, seed=0)`` writes the image and the label of a ball and returns both paths."""

    def write(
        name: str = "ball", seed: int = 0, folder: Path | None = None, suffix: str = ".nii.gz"
    ) -> tuple[Path, Path]:
        image, label = ball_case(seed)
        folder = folder or tmp_path
        return (
            write_with_sitk(folder / "images" / f"{name}{suffix}", image, (1.0, 1.0, 1.2)),
            write_with_sitk(folder / "labels" / f"{name}{suffix}", label, (1.0, 1.0, 1.2)),
        )

    return write


@pytest.fixture
def ball_dataset(tmp_path: Path, write_ball: Callable[..., tuple[Path, Path]]) -> Path:
    """A data set of eight small cases with a manifest: 4 labelled, 2 without a label, 2 validation."""
    import json

    folder = tmp_path / "balls"
    roles = ["labelled"] * 4 + ["unlabelled"] * 2 + ["validation"] * 2
    cases = []
    for number, role in enumerate(roles):
        image, label = write_ball(f"ball_{number}", seed=number, folder=folder)
        has_label = role != "unlabelled"
        if not has_label:
            label.unlink()
        cases.append(
            {
                "id": f"ball_{number}",
                "image": image.relative_to(folder).as_posix(),
                "label": label.relative_to(folder).as_posix() if has_label else None,
                "role": role,
                "patient": None,
            }
        )
    labels = {
        "1": {"name": "lower half", "color": [0.9, 0.4, 0.3]},
        "2": {"name": "upper half", "color": [0.3, 0.5, 0.9]},
    }
    manifest = {"labels": labels, "channels": ["T1"], "cases": cases}
    (folder / "dataset.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return folder / "dataset.json"


@pytest.fixture(scope="session")
def tiny_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an untrained package of width 2 for T1 images with two segments; it finds nonsense."""
    import torch

    from ugmcl.framing.spec import InputSpec
    from ugmcl.models.description import ModelPackage, UncertaintySpec
    from ugmcl.models.weights import save_weights
    from ugmcl.networks.registry import build_network
    from ugmcl.volumes.segment import Segment

    arguments = {"in_channels": 1, "classes": 3, "width": 2}
    torch.manual_seed(0)
    network = build_network("dual-task-vnet", **arguments)
    package = ModelPackage(
        name="tiny",
        version="1.0",
        title="Untrained, for tests",
        network={"kind": "dual-task-vnet", "arguments": arguments},
        segments=(
            Segment(1, "anterior hippocampus", (0.86, 0.35, 0.29), None),
            Segment(2, "posterior hippocampus", (0.27, 0.55, 0.83), None),
        ),
        input=InputSpec(modality="MR", channels=("T1",), spacing_mm=(1.0, 1.0, 1.0), patch=(32, 32, 32)),
        uncertainty=UncertaintySpec(passes=2),
    )
    folder = tmp_path_factory.mktemp("packages") / "tiny"
    save_weights(folder, package, network)
    return folder
