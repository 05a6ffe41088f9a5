"""Methods by name."""

from __future__ import annotations

from ugmcl.errors import UserError
from ugmcl.methods.base import Method
from ugmcl.methods.sassnet import SASSNet
from ugmcl.methods.supervised import Supervised, VNet
from ugmcl.methods.ug_mcl import UGMCL
from ugmcl.methods.urpc import URPC

METHODS: dict[str, type[Method]] = {
    method.name: method for method in (UGMCL, Supervised, VNet, SASSNet, URPC)
}


def get_method(name: str) -> type[Method]:
    """The method's class.

    Raises:
        UserError: there is none of this name.
    """
    if name not in METHODS:
        raise UserError(f"there is no method {name}", "method", f"Choose from {', '.join(sorted(METHODS))}")
    return METHODS[name]
