"""How long the window stands still while a large volume is segmented: the longest gap between two ticks.

    PYTHONPATH=Testing:. python Testing/benchmarks/window_pause.py [SIDE] [PASSES]

A volume of SIDE³ voxels (256 by default) is made from the bundled MRI by repetition, loaded into the host and
segmented by a click; a timer of 10 ms notes its longest gap, stage by stage.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def main(side: int = 256, passes: int = 2) -> int:
    """Prints the figures; returns the exit status."""
    os.environ["UGMCL_HOME"] = tempfile.mkdtemp(prefix="ugmcl-bench-")
    from host.start import start_host

    host = start_host()
    import slicer

    from ugmcl.samples import demo_sample

    host.load_module(ROOT / "UGMCLSegmentation" / "UGMCLSegmentation.py")
    volume = slicer.util.loadVolume(str(demo_sample().image))
    small = slicer.util.arrayFromVolume(volume).astype(np.float32)
    repeats = [-(-side // n) for n in small.shape]
    slicer.util.updateVolumeFromArray(volume, np.tile(small, repeats)[:side, :side, :side])
    panel = host.open("UGMCLSegmentation")
    panel.parameters.passes = passes
    host.process_events(1.0)
    host.start_pause_watch()
    host.click(panel.ui.segmentButton)
    run = next(s for s in panel.sections if type(s).__name__ == "RunSection").run
    stages: dict[str, float] = {}
    seen = {"stage": ""}

    def look() -> bool:
        if run.stage != seen["stage"]:
            if seen["stage"]:
                stages[seen["stage"]] = max(stages.get(seen["stage"], 0.0), host.longest_pause())
                host.start_pause_watch()
            seen["stage"] = run.stage
        return run.ended

    host.wait_until(look, 3600, "the end of the segmentation")
    host.process_events(1.0)
    stages[f"{seen['stage']} (and display)"] = host.longest_pause()
    print(f"{side}³ voxels, {passes} passes: {run.state} {run.error}")
    for stage, seconds in stages.items():
        print(f"  longest pause while {stage}: {1000 * seconds:.0f} ms")
    return 0 if run.state == "done" else 1


if __name__ == "__main__":
    status = main(*(int(word) for word in sys.argv[1:]))
    sys.stdout.flush()
    os._exit(status)  # VTK objects that outlive Qt crash the interpreter's own exit
