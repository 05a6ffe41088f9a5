"""A host for Slicer modules without Slicer: real MRML from slicer-core, widgets from PySide6.

`start_host()` puts the names `slicer`, `qt` and `ctk` in place, as a module finds them inside Slicer. The
`Host` that it returns loads modules, opens their panels, clicks, types and takes pictures.
"""

from __future__ import annotations

from host.host import Host
from host.start import start_host

__all__ = ["Host", "start_host"]
