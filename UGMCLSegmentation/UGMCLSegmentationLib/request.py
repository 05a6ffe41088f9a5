"""What is to be segmented, with which model and how: taken from the panel or from a script, and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import slicer
from slicer.i18n import tr as _

from ugmcl.errors import UserError
from ugmcl.models.description import ModelPackage
from ugmcl.models.library import find_model
from UGMCLSegmentationLib.parameters import CHANNELS, DEVICES, SURFACES


@dataclass(frozen=True)
class SegmentationRequest:
    """One segmentation.

    Attributes:
        volumes: image nodes, one for each of the model's channels.
        model: the package.
        region: markups ROI node, or None for the whole image.
        passes: Monte-Carlo passes; 0 takes the model's.
        device: one of DEVICES.
        segments: names to keep; empty keeps all.
        largest_component, fill_holes: clean-up of each segment; None cleans up as the model's card says.
        probability_maps, disagreement_map: also wanted.
        replace: remove the earlier result of the same volume.
        surface: "auto", "always", "never"; smoothing: 0..1.
    """

    volumes: tuple[Any, ...]
    model: ModelPackage
    region: Any = None
    passes: int = 0
    device: str = "auto"
    segments: tuple[str, ...] = ()
    largest_component: bool | None = None
    fill_holes: bool = False
    probability_maps: bool = False
    disagreement_map: bool = False
    replace: bool = False
    surface: str = "auto"
    smoothing: float = 0.5
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def voxels(self) -> int:
        """Of one channel."""
        nx, ny, nz = self.volumes[0].GetImageData().GetDimensions()
        return nx * ny * nz

    def job_options(self) -> dict[str, Any]:
        """``options`` of the job.

        Raises:
            UserError: the region lies outside of the image.
        """
        from ugmcl.slicer.geometry import roi_lps_bounds
        from ugmcl.slicer.gpu_share import device_beside_trainings

        device, _text = device_beside_trainings(self.device)
        maps = ["regions"]
        maps += ["probability"] if self.probability_maps else []
        maps += ["disagreement"] if self.disagreement_map else []
        box = None if self.region is None else list(roi_lps_bounds(self.region, self.volumes[0]))
        return {
            "passes": self.passes or None,
            "device": device,
            "roi": box,
            "segments": list(self.segments) or None,
            "largest_component": self.largest_component,
            "fill_holes": self.fill_holes,
            "maps": maps,
            "compress": False,  # the files live for seconds
            "preview": False,
            **self.extra,
        }


def request_from_parameters(parameters: Any) -> SegmentationRequest:
    """What the panel asks for.

    Raises:
        UserError: something is missing or cannot be used; the sentence is fit for the panel.
    """
    if parameters.inputVolume is None:
        raise UserError(_("no volume is chosen"), None, _("Choose the volume to segment"))
    if not parameters.model:
        raise UserError(_("no model is chosen"), None, _("Choose a model"))
    model = find_model(parameters.model)
    count = len(model.input.channels)
    if parameters.useRegion and parameters.region is None:
        raise UserError(
            _("no region of interest is chosen"), None, _("Choose or draw one, or untick the box")
        )
    known = [segment.name for segment in model.segments]
    return checked(
        SegmentationRequest(
            volumes=tuple(getattr(parameters, name) for name in CHANNELS[:count]),
            model=model,
            region=parameters.region if parameters.useRegion else None,
            passes=parameters.passes,
            device=parameters.device,
            segments=tuple(name for name in parameters.segments if name in known),
            largest_component=parameters.largestComponent,
            fill_holes=parameters.fillHoles,
            probability_maps=parameters.probabilityMaps,
            disagreement_map=parameters.disagreementMap,
            replace=parameters.replaceResult,
            surface=parameters.surface,
            smoothing=parameters.smoothing,
        )
    )


def checked(request: SegmentationRequest) -> SegmentationRequest:
    """The same request, if it can be done.

    Raises:
        UserError: a volume is missing, empty, in colour, or not on the first one's grid; an unknown choice.
    """
    names = request.model.input.channels
    if len(request.volumes) != len(names) or None in request.volumes:
        wanted = ", ".join(names)
        raise UserError(
            _("this model needs {count} volumes: {wanted}").format(count=len(names), wanted=wanted),
            None,
            _("Choose one for each"),
        )
    for volume in request.volumes:
        _check_volume(volume, request.volumes[0])
    for value, known in ((request.device, DEVICES), (request.surface, SURFACES)):
        if value not in known and not value.startswith("cuda:"):
            raise UserError(
                _("unknown choice {value}").format(value=value),
                None,
                _("Choose from {known}").format(known=", ".join(known)),
            )
    unknown = set(request.segments) - {segment.name for segment in request.model.segments}
    if unknown:
        raise UserError(
            _("the model knows no structure {name}").format(name=min(unknown)),
            request.model.id,
            _("Choose from {known}").format(known=", ".join(s.name for s in request.model.segments)),
        )
    return request


def _check_volume(volume: Any, first: Any) -> None:
    image = volume.GetImageData()
    name = volume.GetName() or _("The volume")
    if slicer.mrmlScene.GetNodeByID(volume.GetID() or "") is not volume:
        raise UserError(_("this volume is not in the scene"), name, _("Choose another volume"))
    if image is None or 0 in image.GetDimensions() or image.GetNumberOfScalarComponents() == 0:
        raise UserError(_("this volume has no voxels"), name, _("Choose another volume"))
    if image.GetNumberOfScalarComponents() > 1:
        raise UserError(
            _("this is a colour or vector image"), name, _("Choose a volume with one value a voxel")
        )
    if volume is not first and image.GetDimensions() != first.GetImageData().GetDimensions():
        raise UserError(
            _("this volume does not have the size of the first one"),
            name,
            _("Resample it to the first volume, for instance with Resample Image"),
        )
