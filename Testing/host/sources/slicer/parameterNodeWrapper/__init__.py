"""Typed access to a module's parameter node, and its binding to the panel's widgets.

The subset of Slicer's package that this project's modules use, with the same names and the same storage
in the node, so that a scene saved with one opens with the other.
"""

from .annotations import (
    Decimals,
    Default,
    SingleStep,
    isNodeOrUnionOfNodes,
    splitAnnotations,
    unannotatedType,
)
from .connectors import GuiConnector, createGuiConnector, parameterNodeGuiConnector
from .packs import FloatRange, isParameterPack, nestedParameterNames, parameterPack
from .validators import (
    Choice,
    Exclude,
    IsInstance,
    Maximum,
    Minimum,
    NotNone,
    RangeBounds,
    Validator,
    WithinRange,
)
from .wrapper import (
    SlicerParameterNamePropertyName,
    findChildWidgetForParameter,
    isParameterNodeWrapper,
    parameterNodeWrapper,
)

__all__ = [
    "parameterNodeWrapper",
    "parameterPack",
    "isParameterNodeWrapper",
    "isParameterPack",
    "nestedParameterNames",
    "findChildWidgetForParameter",
    "SlicerParameterNamePropertyName",
    "FloatRange",
    "Default",
    "Decimals",
    "SingleStep",
    "Validator",
    "NotNone",
    "IsInstance",
    "WithinRange",
    "Minimum",
    "Maximum",
    "Choice",
    "Exclude",
    "RangeBounds",
    "GuiConnector",
    "createGuiConnector",
    "parameterNodeGuiConnector",
    "isNodeOrUnionOfNodes",
    "splitAnnotations",
    "unannotatedType",
]
