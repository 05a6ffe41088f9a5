"""Everything that the panel remembers, kept in the scene by Slicer's parameter node wrapper.

No ``from __future__ import annotations`` here: the wrapper needs the real types.
"""

from typing import Annotated

from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper

BUDGETS = ("quick", "standard", "thorough", "own")
STRATEGIES = ("class_power", "fg_random", "most_uncertain")
DEVICES = ("auto", "cpu", "cuda", "mps")


@parameterNodeWrapper
class UGMCLTrainingParameterNode:
    """The module's settings.

    projectFolder: folder with the manifest, the cases from the scene, and the runs.
    startModel: "name@version" whose weights are the beginning; empty trains from random weights.
    preset: of the training's settings; settingsJson: JSON object of the values that differ from it.
    budget: one of BUDGETS; "own" takes the number of iterations in settingsJson.
    runName: name of the next run's folder; empty makes one of date and model.
    control: also train on the labelled cases alone, to see what the unlabelled ones bring.
    previewEvery: iterations between two pictures of a validation case; 0: none.
    device: where to compute, one of DEVICES.
    rankingStrategy: how the cases to label next are chosen, one of STRATEGIES.
    selectedRun: folder of the run that is shown; livePlot: which curves of it.
    """

    projectFolder: str
    startModel: str
    preset: Annotated[str, Default("fine-tune")]
    settingsJson: Annotated[str, Default("{}")]
    budget: Annotated[str, Choice(list(BUDGETS)), Default("standard")]
    runName: str
    control: bool = False
    previewEvery: Annotated[int, WithinRange(0, 100_000), Default(0)]
    device: Annotated[str, Choice(list(DEVICES)), Default("auto")]
    rankingStrategy: Annotated[str, Choice(list(STRATEGIES)), Default("class_power")]
    selectedRun: str
    livePlot: Annotated[str, Default("dice")]
