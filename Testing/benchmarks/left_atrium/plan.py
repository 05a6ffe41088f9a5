"""Every run of the left-atrium experiments by name: which cases, which settings, how long.

``gpu`` follows the paper (0.625 mm as distributed, patches of 112 x 112 x 80, width 16); ``cpu`` is the small
form of the same plan (1.25 mm, 64 x 64 x 48, width 8). A switch is screened short, against a base of the same
length; what gains more than the spread over seeds is combined by hand in `FINAL` and run at full length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SEEDS = (1337, 1338, 1339)
SCREEN = {"gpu": 2000, "cpu": 2000}  # iterations
FULL = {"gpu": 6000, "cpu": 6000}
# steps of four labelled patches where the others have two; fewer on a processor, for the time it takes
ALL_LABELLED = {"gpu": 6000, "cpu": 4000}

# A second stage for the models of all labels: other surroundings more often. After the first alone, the twin
# took smooth synthetic tissue around a scan for an atrium.
SURROUNDINGS: dict[str, dict[str, Any]] = {
    "gpu": {"iterations": 2000, "field_of_view_probability": 0.5},
    "cpu": {"iterations": 1500, "field_of_view_probability": 0.5},
}

PAPER: dict[str, dict[str, Any]] = {
    "gpu": {"preset": "paper", "precision": "auto", "loader_processes": 8},
    "cpu": {
        "preset": "paper", "patch": [64, 64, 48], "spacing_mm": [1.25, 1.25, 1.25], "width": 8, "passes": 2,
    },
}  # fmt: skip
STEPS_OF_A_SCREEN = {"schedule_step": 833, "ramp_step": 50}  # the paper's course in a third of its length

# Methods reference, section 8, in the order of expected gain; each against the screen's base.
SWITCHES: dict[str, dict[str, Any]] = {
    "joint-passes": {"separate_passes": False},  # the published way, to know what separating them gains
    "copy-paste": {"copy_paste_weight": 1.0},
    "augmentation": {
        "intensity_probability": 0.2, "rotation_degrees": 15.0, "scaling": 0.15, "foreground_share": 0.33,
        "field_of_view_probability": 0.3,
    },
    "long": {"iterations": 6000},  # the schedule stretched, T = 2 as in every screen
    "adamw-cosine": {
        "optimiser": "adamw", "learning_rate": 1e-3, "weight_decay": 1e-2,
        "schedule": "cosine", "warmup": 100,
    },
    "bottleneck-dropout": {"dropout_at": ["bottleneck"]},
}  # fmt: skip
NOT_SCREENED = (
    "mcnet", "cutmix_u", "lr=poly", "optim=nesterov", "norm=group/instance", "deep_sup", "sdf_clip",
    "itc_soft", "ctc_mask", "dis_dice", "ema_long", "swa", "ensemble", "pseudo_finetune",
)  # fmt: skip

# What served best in development, frozen before the final runs.
FINAL: dict[str, Any] = {
    **SWITCHES["augmentation"],
    **SWITCHES["adamw-cosine"],
    **SWITCHES["bottleneck-dropout"],
    "distance_scale": "fixed",
    "flip_axes": ["x"],
    "flip_passes": True,
    "rotate_planes": [],
    "clip_percentiles": [0.5, 99.5],
    "validate_every": 500,
    "modality": "LGE MRI",
}


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        name: of its folder.
        split: ``development`` (16 labelled, 56 unlabelled, 8 validation), ``development-72`` (72 labelled,
            8 validation), ``final-16`` (16 labelled, 64 unlabelled), ``final-80`` (all labelled).
        settings: with the ``preset``.
        start: the run whose model it starts from; empty for none.
    """

    name: str
    split: str
    settings: dict[str, Any] = field(default_factory=dict)
    start: str = ""


def plan(machine: str) -> list[Run]:
    """All runs in the order in which they are worth the machine's time; ``machine`` is gpu or cpu."""
    paper, short = PAPER[machine], SCREEN[machine]
    runs = [Run(f"paper-s{seed}", "development", {**paper, "seed": seed}) for seed in SEEDS]
    base = {**paper, **STEPS_OF_A_SCREEN, "passes": 2, "iterations": short, "seed": SEEDS[0]}
    runs.append(Run("screen-base", "development", base))
    for name, changes in SWITCHES.items():
        stretched = {"schedule_step": 2500, "ramp_step": 150} if name == "long" else {}
        runs.append(Run(f"screen-{name}", "development", {**base, **stretched, **changes}))
    final = {**paper, "passes": 2, "iterations": FULL[machine], **FINAL}
    runs += [Run(f"best-s{seed}", "development", {**final, "seed": seed}) for seed in SEEDS]
    # what the 16 labels give without the unlabelled scans and the consistency
    labels_alone = {**final, "method": "supervised", "seed": SEEDS[0]}
    runs.append(Run(f"supervised-s{SEEDS[0]}", "development", labels_alone))
    # every scan has its label: the teacher's passes have nothing to add, cross-task consistency stays
    all_labelled = {
        **final, "iterations": ALL_LABELLED[machine],
        "unlabelled_batch": 0, "labelled_batch": 4, "intra_weight": 0.0,
    }  # fmt: skip
    all_labelled["seed"] = SEEDS[0]
    more = {**all_labelled, **SURROUNDINGS[machine]}
    runs.append(Run("twin-72-first", "development-72", all_labelled))
    runs.append(Run("twin-72", "development-72", more, start="twin-72-first"))
    runs.append(Run("left-atrium-lge-16", "final-16", {**final, "seed": SEEDS[0]}))
    runs.append(Run("left-atrium-lge-first", "final-80", all_labelled))
    runs.append(Run("left-atrium-lge", "final-80", more, start="left-atrium-lge-first"))
    return runs
