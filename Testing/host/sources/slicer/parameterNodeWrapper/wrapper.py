"""The decorator @parameterNodeWrapper: a class whose annotated members live in a parameter node."""

from __future__ import annotations

import weakref
from typing import Any

import slicer.util
import vtk

from . import binding
from .annotations import unannotatedType
from .packs import checkMember
from .parameters import Parameter, parametersOf, splitName

SlicerParameterNamePropertyName = binding.PROPERTY
findChildWidgetForParameter = binding.findChildWidgetForParameter


class _Value:
    """One parameter in one node. The value is kept, as Slicer does, and read again when the node changes."""

    def __init__(self, parameter: Parameter, node: Any, prefix: str) -> None:
        self.parameter, self.node, self.name = parameter, node, prefix + parameter.name
        self.storage = parameter.storage
        if not self.storage.isIn(node, self.name):
            self.write(parameter.default.value)
        if self.storage.cached:
            self.kept, self.writing = self.fromNode(), False
            this = weakref.ref(self)  # an observer that held this object would keep it for ever
            observer = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: this().refresh())
            weakref.finalize(self, node.RemoveObserver, observer).atexit = False

    def fromNode(self) -> Any:
        if not self.storage.isIn(self.node, self.name):
            self.storage.write(self.node, self.name, self.parameter.default.value)
        return self.storage.read(self.node, self.name)

    def refresh(self) -> None:
        if not self.writing:
            self.kept = self.fromNode()

    def read(self) -> Any:
        return self.kept if self.storage.cached else self.fromNode()

    def write(self, value: Any) -> None:
        self.writing = True
        try:
            with slicer.util.NodeModify(self.node):  # observers hear of it when it can be read
                self.storage.write(self.node, self.name, value)
                self.kept = self.fromNode() if self.storage.cached else None
        finally:
            self.writing = False


class _Wrapper:
    """What the decorator puts into the class, under the names of Slicer's."""

    def __init__(self, parameterNode: Any, prefix: str | None = None) -> None:
        self.parameterNode = parameterNode
        self._gui = binding.Binding()
        self._values = {
            name: _Value(parameter, parameterNode, prefix or "")
            for name, parameter in self.allParameters.items()
        }

    def default(self, name: str) -> Any:
        """The Default of a parameter; `.value` is the value."""
        _check(self, name)
        return self.allParameters[name].default

    def isCached(self, name: str) -> bool:
        """Whether the value is kept and read again only when the node changes."""
        _check(self, name)
        return self.allParameters[name].storage.cached

    @classmethod
    def dataType(cls, name: str) -> Any:
        """The type as written, of "parameter" or "pack.member"."""
        _check(cls, name)
        first, rest = splitName(name)
        datatype = cls.allParameters[first].datatype
        return datatype if rest is None else unannotatedType(datatype).dataType(rest)

    def getValue(self, name: str) -> Any:
        """Value of "parameter" or "pack.member"."""
        _check(self, name)
        first, rest = splitName(name)
        value = self._values[first].read()
        return value if rest is None else value.getValue(rest)

    def setValue(self, name: str, value: Any) -> None:
        """Set "parameter" or "pack.member"; raises what the conditions raise."""
        _check(self, name)
        first, rest = splitName(name)
        if rest is None:
            self._values[first].write(value)
        else:
            self._values[first].read().setValue(rest, value)

    def connectGui(self, gui: Any) -> int:
        """Bind every widget in `gui` that has the property SlicerParameterName; returns a tag."""
        return self._gui.connect(self, binding.namedWidgets(gui))

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        """Bind parameters to widgets (or connectors) named here; returns a tag."""
        return self._gui.connect(self, mapping)

    def disconnectGui(self, guiTag: int) -> None:
        """Undo one binding."""
        self._gui.disconnect(self, guiTag)

    def StartModify(self) -> Any:
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified: Any) -> Any:
        return self.parameterNode.EndModify(wasModified)

    def AddObserver(self, event: Any, callback: Any, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()


def _check(wrapper: Any, name: str) -> None:
    """ValueError when there is no such parameter ("x", or "x.y" in a pack)."""
    first, rest = splitName(name)
    if first not in wrapper.allParameters:
        raise ValueError(f"There is no parameter '{first}' among {', '.join(wrapper.allParameters)}")
    if rest is not None:
        checkMember(unannotatedType(wrapper.allParameters[first].datatype), rest)


def isParameterNodeWrapper(candidate: Any) -> bool:
    """Whether a class was decorated with @parameterNodeWrapper, or an object is of such a class."""
    return getattr(candidate, "_is_parameter_node_wrapper", False)


def parameterNodeWrapper(classtype: type | None = None) -> Any:
    """Class decorator: the class is then called with a parameter node and gives typed access to it."""
    return _makeWrapper if classtype is None else _makeWrapper(classtype)


def _makeWrapper(classtype: type) -> type:
    parameters = parametersOf(classtype)
    provided = {name: member for name, member in vars(_Wrapper).items() if not name.startswith("__")}
    for name in ("allParameters", "_is_parameter_node_wrapper", *provided):
        if hasattr(classtype, name) or name in parameters:
            raise ValueError(f"The name '{name}' is reserved in a parameterNodeWrapper")
    for name, member in provided.items():
        setattr(classtype, name, member)
    for name in parameters:
        setattr(classtype, name, _valueProperty(name))
    classtype.allParameters, classtype._is_parameter_node_wrapper = parameters, True
    classtype.__init__ = _Wrapper.__init__
    return classtype


def _valueProperty(name: str) -> property:
    return property(
        lambda self: self._values[name].read(),
        lambda self, value: self._values[name].write(value),
    )
