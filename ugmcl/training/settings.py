"""Every setting of a training, with its unit, its bounds and the paper's value.

The defaults are the paper's (methods reference 1.7; Zhang et al. 2022). Presets (`presets/*.toml`) change
some of them; `ugmcl.training.loading` puts presets, files and single values together. The JSON schema of
`TrainingSettings` lies beside this file: forms are built from it, so every description stands for itself.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

Axis = Literal["x", "y", "z"]
Plane = Literal["xy", "xz", "yz"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Amount = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Side = Annotated[int, Field(ge=16, le=512, multiple_of=16)]
Millimetres = Annotated[float, Field(gt=0.0, le=50.0)]


class TrainingSettings(BaseModel):
    """Flat and strict: an unknown name or a value out of bounds is refused with the reason."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    _explicit: frozenset[str] | None = PrivateAttr(default=None)

    # -- what is trained
    method: str = Field("ug-mcl", description="Method by its name in the registry. Paper: ug-mcl.")
    seed: Count = Field(1337, description="Seed of every random draw. Published code: 1337.")
    iterations: Positive = Field(
        6000, le=1_000_000, description="Optimiser steps. Paper: 6000 (left atrium); code for BraTS: 30000."
    )
    patch: tuple[Side, Side, Side] | Literal["auto"] = Field(
        (112, 112, 80), description="Patch in voxels, x, y, z; multiples of 16; auto: planned from the data. "
        "Paper: 112 x 112 x 80."
    )  # fmt: skip
    labelled_batch: Positive = Field(2, le=64, description="Labelled patches in a step. Paper: 2.")
    unlabelled_batch: Count = Field(
        2, le=64, description="Unlabelled patches in a step; 0 trains on labelled ones only. Paper: 2."
    )

    # -- network (comes from the starting model where one is given)
    width: int = Field(16, ge=1, le=64, description="Channels of the network's first stage. Paper: 16.")
    norm: Literal["batch", "group", "instance"] = Field(
        "batch", description="Normalisation. Paper: batch. group and instance force tiling at the patch size."
    )
    dropout: float = Field(0.5, ge=0.0, lt=1.0, description="Probability that a channel drops. Paper: 0.5.")
    dropout_at: tuple[Literal["bottleneck", "last"], ...] = Field(
        ("bottleneck", "last"), description="Where channels drop. Paper: after blocks five and nine (both)."
    )

    # -- teacher and consistency
    passes: int = Field(
        8, ge=1, le=64, description="Stochastic passes T of the teacher in a step. Published code: 8."
    )
    noise: Amount = Field(
        0.1, le=2.0, description="Standard deviation of the teacher's input noise, in units of the "
        "normalised image. Published code: 0.1."
    )  # fmt: skip
    noise_clip: Amount = Field(0.2, le=4.0, description="Largest absolute noise. Published code: 0.2.")
    ema: Share = Field(
        0.99, description="Teacher decay; step t uses min(1 - 1/(t+1), this). Published code: 0.99."
    )
    beta: Share = Field(
        0.75, description="Share of the segmentation in intra-task consistency (eq. 4). Paper: 0.75."
    )
    intra_weight: Amount = Field(
        0.1, le=100, description="Largest weight of intra-task consistency, λ_i. Paper: 0.1."
    )
    cross_weight: Amount = Field(
        0.1, le=100, description="Largest weight of cross-task consistency, λ_c. Paper: 0.1."
    )
    copy_paste_weight: Amount = Field(
        0.0, le=100, description="Largest weight of bidirectional copy-paste between labelled and unlabelled "
        "patches; grows like the consistency weights. Paper: 0; its authors: 1."
    )  # fmt: skip
    consistency_weight: Amount = Field(
        0.1, le=100, description="Largest weight of the one unsupervised term of the other methods. "
        "Published codes: 0.1 (DTC 1.0, SASSNet 0.01)."
    )  # fmt: skip
    ramp: Literal["squared", "paper"] = Field(
        "squared", description="Growth of the weights: exp(-5(1-t/t_max)²) in steps (every published code) "
        "or exp(-5(1-t/t_max)), as printed in the paper."
    )  # fmt: skip
    ramp_step: Positive = Field(
        150, description="Iterations between two changes of the squared ramp. Published code: 150."
    )
    threshold_start: Share = Field(
        0.75, description="Uncertainty threshold at the start, as a share of the mask base; grows to 1. "
        "Published code: 0.75."
    )  # fmt: skip
    mask_base: Literal["ln2", "lnC"] = Field(
        "ln2", description="Uncertainty that the threshold refers to. ln2 masks two-way doubt for any number "
        "of classes. Published code: ln2."
    )  # fmt: skip
    target: Literal["mean", "single"] = Field(
        "mean", description="Teacher's target: mean of the T passes, or one separate pass (published code)."
    )
    consistency_on: Literal["all", "unlabelled"] = Field(
        "all", description="Patches under consistency. Paper: all (labelled and unlabelled)."
    )
    cross_task_detach: Literal["none", "segmentation", "distance"] = Field(
        "none", description="Head that receives no gradient from cross-task consistency. Paper: none."
    )
    cross_task_mask: bool = Field(
        False, description="Mask cross-task consistency by the uncertainty as well. Paper: off."
    )

    # -- supervised terms and signed distances
    supervised: Literal["half", "paper"] = Field(
        "half", description="½(cross-entropy + Dice) + distance_weight·MSE (practice of published codes), "
        "or the three with unit weights (paper)."
    )  # fmt: skip
    distance_weight: Amount = Field(
        0.3, le=100, description="Weight of the signed distance loss. DTC: 0.3; paper: 1; 0 switches it off."
    )
    dice_background: bool = Field(False, description="Background counts in the Dice loss. Paper: off.")
    sharpness: float = Field(
        1500.0, gt=0, le=1e5, description="k of the inverse transform σ(-k·z) (eq. 5). Published code: 1500."
    )
    distance_scale: Literal["patch", "fixed"] = Field(
        "patch", description="Scale of the distance targets: each patch's extremes (published codes) or a "
        "fixed length."
    )  # fmt: skip
    distance_scale_mm: Millimetres = Field(
        10.0, description="Length in mm that becomes distance 1 with the fixed scale. Not in the paper."
    )
    separate_passes: bool = Field(
        True, description="Labelled and unlabelled patches pass the network apart, each with its own batch "
        "statistics. Published code: off."
    )  # fmt: skip
    bn_update: Literal["both", "labelled", "unlabelled"] = Field(
        "both", description="Which pass updates the running statistics. Published code: both (mixed)."
    )

    # -- optimisation
    optimiser: Literal["sgd", "nesterov", "adamw"] = Field("sgd", description="Optimiser. Paper: sgd.")
    learning_rate: float = Field(0.01, gt=0, le=1, description="Learning rate at its peak. Paper: 0.01.")
    start_learning_rate: float = Field(
        5e-4, gt=0, le=1, description="Learning rate instead, where training starts from a given model. "
        "Not in the paper."
    )  # fmt: skip
    start_share: Share = Field(
        0.0, description="Share of the starting model's weights in the weights that are validated and "
        "packaged: keeps what fine-tuning on few cases forgets. None with a new segment. Not in the paper: 0."
    )  # fmt: skip
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum of sgd and nesterov. Paper: 0.9.")
    weight_decay: Amount = Field(1e-4, le=1, description="Weight decay. Paper: 0.0001.")
    schedule: Literal["step", "poly", "cosine", "constant"] = Field(
        "step", description="Course of the learning rate: step (paper), poly (power 0.9), cosine, constant."
    )
    schedule_step: Positive = Field(2500, description="Iterations between two steps. Paper: 2500.")
    schedule_factor: float = Field(0.1, gt=0, le=1, description="Factor of one step. Paper: 0.1.")
    warmup: Count = Field(0, description="Iterations over which the learning rate grows linearly. Paper: 0.")
    gradient_clip: float = Field(
        12.0, gt=0, description="Largest norm of the network's gradient. Not in the paper."
    )

    # -- augmentation
    flip_axes: tuple[Axis, ...] = Field(
        ("x", "y"), description="Axes along which patches are flipped, each with probability ½. Published "
        "loader: x and y; none where anatomy forbids it."
    )  # fmt: skip
    rotate_planes: tuple[Plane, ...] = Field(
        ("xy",), description="Planes of random quarter turns (half turns where the sides differ). Published "
        "loader: xy."
    )  # fmt: skip
    intensity_probability: Share = Field(
        0.0, description="Probability of each intensity change (gamma, contrast, brightness, noise, "
        "blur, low resolution). Paper: 0."
    )  # fmt: skip
    rotation_degrees: float = Field(
        0.0, ge=0, le=180, description="Largest free rotation in degrees about each axis. Paper: 0."
    )
    scaling: float = Field(0.0, ge=0, lt=0.5, description="Largest relative change of size, ±. Paper: 0.")
    field_of_view_probability: Share = Field(
        0.0, description="Probability that a patch looks as if its volume had been cropped elsewhere or "
        "showed more: other normalisation, nearer edge, other surroundings. Paper: 0."
    )  # fmt: skip
    foreground_share: Share = Field(
        0.0, description="Share of patches centred on foreground, labelled and unlabelled alike. Paper: 0."
    )

    # -- input of the network, for the preparation of a dataset (from the starting model where given)
    spacing_mm: tuple[Millimetres, Millimetres, Millimetres] | Literal["median", "keep"] = Field(
        "median", description="Voxel size in mm, x, y, z; median of the labelled cases, or keep each case's "
        "own. Published data: as distributed (keep)."
    )  # fmt: skip
    modality: str | None = Field(None, description="Modality written into the model, as MR or CT.")
    normalisation: Literal["zscore", "zscore_nonzero", "none"] = Field(
        "zscore",
        description="Intensity rule: z-score of the volume or of its non-zero voxels. Paper: zscore.",
    )
    clip_percentiles: tuple[float, float] | None = Field(
        (0.5, 99.5), description="Percentiles at which intensity is cut before the z-score; none: no cut. "
        "Paper: no cut."
    )  # fmt: skip

    # -- computing
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="Arithmetic of the network; weights and losses stay fp32. auto: bf16 where the "
        "device computes it natively, else fp32. Published code: fp32."
    )  # fmt: skip
    threads: int | None = Field(
        None, ge=1, le=256, description="Processor threads of the training; none: all. Use 1 on a computer "
        "that is busy with other work, where several wait for each other."
    )  # fmt: skip
    loader_processes: int | None = Field(
        None, ge=0, le=64, description="Processes that make batches; 0: the training's own; none: automatic."
    )
    validate_every: Positive = Field(250, description="Iterations between two validations. Not in the paper.")
    preview_every: Count = Field(
        0, description="Iterations between two previews of one validation case, to look at in Slicer; "
        "0: none. Not in the paper."
    )  # fmt: skip
    checkpoint_every: Positive = Field(
        250, description="Iterations between two checkpoints. Published: 1000."
    )
    checkpoint_minutes: float = Field(
        10.0, gt=0, description="Largest time between two checkpoints, minutes."
    )
    recalibration_patches: int = Field(
        200, ge=1, le=10_000, description="Clean patches over which running statistics are averaged before "
        "validation and packaging. Not in the paper."
    )  # fmt: skip

    # -- the package at the end
    weights: Literal["last", "best"] = Field(
        "last", description="Checkpoint that becomes the model: the last (no selection bias) or the best on "
        "validation. Published codes: last."
    )  # fmt: skip
    flip_passes: bool = Field(
        False, description="The model's Monte-Carlo passes mirror the image along flip_axes in turn, which "
        "makes segmentation a little better and the passes' disagreement tell more. Paper: off."
    )  # fmt: skip
    model_name: str | None = Field(
        None, pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Name of the model; none: the run folder's."
    )

    @property
    def explicit(self) -> frozenset[str]:
        """Names that the user chose himself, as opposed to a preset's or default values."""
        return frozenset(self.model_fields_set) if self._explicit is None else self._explicit

    @property
    def patch_zyx(self) -> tuple[int, int, int]:
        x, y, z = self.patch_xyz
        return z, y, x

    @property
    def patch_xyz(self) -> tuple[int, int, int]:
        """The patch in voxels; ``auto`` is settled when the data are opened."""
        if self.patch == "auto":
            raise ValueError("the patch is planned when the data are opened")
        return self.patch

    @field_validator("flip_axes", "rotate_planes", "dropout_at", "patch", mode="before")
    @classmethod
    def _words_are_lists(cls, value: Any) -> Any:
        """``x,y`` and ``x`` are accepted for a list, an empty text or none for the empty list."""
        if value is None:
            return ()
        if isinstance(value, str) and value.strip() != "auto":
            return tuple(piece.strip() for piece in value.split(",") if piece.strip())
        return value

    @model_validator(mode="after")
    def _values_fit_together(self) -> TrainingSettings:
        if self.warmup >= self.iterations:
            raise ValueError(f"warmup ({self.warmup}) must be shorter than iterations ({self.iterations})")
        if self.noise_clip < self.noise:
            raise ValueError(f"noise_clip ({self.noise_clip:g}) must not be below noise ({self.noise:g})")
        if self.unlabelled_batch == 0 and self.bn_update == "unlabelled":
            raise ValueError("bn_update = unlabelled needs unlabelled_batch of at least 1")
        if not self.separate_passes and self.bn_update != "both":
            raise ValueError(f"bn_update = {self.bn_update} needs separate_passes = true")
        if self.optimiser == "nesterov" and self.momentum == 0:
            raise ValueError("optimiser = nesterov needs momentum above 0")
        if self.patch != "auto" and max(self.patch) == 16:
            self._one_voxel_can_be_normalised()
        for name in ("flip_axes", "rotate_planes", "dropout_at"):
            values = getattr(self, name)
            if len(set(values)) != len(values):
                raise ValueError(f"{name} names a value twice: {', '.join(values)}")
        if self.clip_percentiles is not None:
            low, high = self.clip_percentiles
            if not 0 <= low < high <= 100:
                raise ValueError(
                    f"clip_percentiles must be two rising values of 0 to 100, not {low:g}, {high:g}"
                )
        return self

    def _one_voxel_can_be_normalised(self) -> None:
        """A patch of 16³ is one voxel at the bottleneck: only several patches in a pass have a variance."""
        parts = [self.labelled_batch, self.unlabelled_batch or 2] if self.separate_passes else [2]
        if self.norm == "instance" or (self.norm == "batch" and min(parts) < 2):
            raise ValueError("a patch of 16 x 16 x 16 needs batches of at least 2, or norm = group")
