"""Everything that the panel remembers, kept in the scene by Slicer's parameter node wrapper.

No ``from __future__ import annotations`` here: the wrapper needs the real types.
"""

from typing import Annotated

from slicer import vtkMRMLMarkupsROINode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper

DEVICES = ("auto", "cpu", "cuda", "mps")
SURFACES = ("auto", "always", "never")
MOST_CHANNELS = 4
CHANNELS = ("inputVolume", "secondVolume", "thirdVolume", "fourthVolume")


@parameterNodeWrapper
class UGMCLSegmentationParameterNode:
    """The module's settings.

    inputVolume ... fourthVolume: the image, and further channels for models that take several.
    model: "name@version".
    useRegion, region: segment only inside of this box.
    passes: Monte-Carlo passes; 0 takes the model's own number.
    device: where to compute, one of DEVICES.
    segments: names of the structures to keep; empty keeps all.
    probabilityMaps, disagreementMap: also make these volumes.
    replaceResult: the earlier result of the same volume is removed.
    surface: 3D surfaces at once when small, always, or never; smoothing 0..1.
    overlayThreshold: uncertainty below it is not shown (0 certain .. 1 undecided).
    overlayOpacity: 0 invisible .. 1 opaque.
    segmentation: the result that is shown; reference: an expert's to compare with.
    limitToUncertain: corrections may only change uncertain voxels.
    currentRegion: rank of the uncertain region that is shown; 0: none.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    secondVolume: vtkMRMLScalarVolumeNode
    thirdVolume: vtkMRMLScalarVolumeNode
    fourthVolume: vtkMRMLScalarVolumeNode
    model: str
    useRegion: bool = False
    region: vtkMRMLMarkupsROINode
    passes: Annotated[int, WithinRange(0, 256), Default(0)]
    device: Annotated[str, Choice(list(DEVICES)), Default("auto")]
    segments: list[str]
    largestComponent: bool = False
    fillHoles: bool = False
    probabilityMaps: bool = False
    disagreementMap: bool = False
    replaceResult: bool = False
    surface: Annotated[str, Choice(list(SURFACES)), Default("auto")]
    smoothing: Annotated[float, WithinRange(0.0, 1.0), Default(0.5)]
    showOverlay: bool = True
    overlayThreshold: Annotated[float, WithinRange(0.0, 1.0), Default(0.2)]
    overlayOpacity: Annotated[float, WithinRange(0.0, 1.0), Default(0.6)]
    colourMap: Annotated[str, Default("inferno")]
    showLegend: bool = True
    segmentation: vtkMRMLSegmentationNode
    reference: vtkMRMLSegmentationNode
    limitToUncertain: bool = True
    currentRegion: Annotated[int, Default(0)]
