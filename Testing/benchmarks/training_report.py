"""The page about the full proof, from what the run wrote."""

from __future__ import annotations

import json
import platform
from typing import Any

HEAD = """# The full proof: another site's model, our cases, one click

Made by `make training-proof DATA=… OUTPUT=…` with the hippocampus data of the Medical Segmentation
Decathlon (task 04). A model "of another site" was trained on the first 5 training cases of `cases.json`. In
the test host, by real clicks on the panel of *UG-MCL Training*, the next 5 cases (labelled) and the 20 after
them (unlabelled) were added, the model was chosen, the control was ticked, and **Start** was pressed with the
budget *Standard*. The 40 test cases were in the project with the role *test*: no training reads them; the
run's own report compares the models on them. Settings are the preset `fine-tune`; nothing was chosen on the
test cases.
"""


def report_text(figures: dict[str, Any], outcome: dict[str, Any]) -> str:
    """Markdown."""
    run = figures["run"]
    settings = json.loads((run / "settings.json").read_text(encoding="utf-8"))
    data = json.loads((run / "data.json").read_text(encoding="utf-8"))
    device = json.loads((run / "device.json").read_text(encoding="utf-8"))
    lines = [
        HEAD,
        f"**{outcome['sentence']}**",
        "",
        "## Dice on the test cases",
        "",
        *_means(outcome),
        "",
        "## Paired differences",
        "",
        *_paired(outcome),
        "",
        "Intervals are bootstrap 95 % intervals of the mean difference over cases; p of the Wilcoxon "
        "signed-rank test, in brackets after Holm's correction. The control had the same start, the same "
        "labelled cases, the same iterations, and no unlabelled case.",
        "",
        "![Curves of the run](training-proof-curves.png)",
        "",
        "## The run",
        "",
        f"- {settings['iterations']} iterations of {settings['method']}, patches of "
        f"{' × '.join(map(str, settings['patch']))} voxels, T = {settings['passes']}, "
        f"seed {settings['seed']}, network of width {settings['width']}.",
        f"- Cases by role: {', '.join(f'{count} {role}' for role, count in data['roles'].items())}.",
        f"- Computed on {device.get('name') or device['device']} ({platform.machine()}), while the window "
        f"worked: from the opening of the panel to the report {figures['minutes']:.0f} minutes in this "
        "attempt. The longest time in which the window did not answer was "
        f"{1000 * figures['longest_pause_s']:.0f} ms.",
        "",
        "## Every test case",
        "",
        *_cases(outcome),
    ]
    return "\n".join(lines) + "\n"


def _means(outcome: dict[str, Any]) -> list[str]:
    lines = [
        "| segment | other site's model | control (labelled only) | new model |",
        "| --- | --- | --- | --- |",
    ]
    for segment in outcome["segments"]:
        rows = [row for row in outcome["rows"] if row["segment"] == segment]
        lines.append(
            f"| {segment} | {_mean(rows, 'before')} | {_mean(rows, 'control')} | {_mean(rows, 'after')} |"
        )
    rows = outcome["rows"]
    lines.append(f"| all | {_mean(rows, 'before')} | {_mean(rows, 'control')} | {_mean(rows, 'after')} |")
    return lines


def _paired(outcome: dict[str, Any]) -> list[str]:
    lines = [
        "| pair | segment | cases | difference | 95 % interval | p |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in outcome["paired"]:
        p = "" if row["p_wilcoxon"] is None else f"{row['p_wilcoxon']:.2g} ({row['p_holm']:.2g})"
        lines.append(
            f"| {row['pair']} | {row['segment']} | {row['n']} | {row['difference']:+.4f} | "
            f"{row['low']:+.4f} to {row['high']:+.4f} | {p} |"
        )
    return lines


def _cases(outcome: dict[str, Any]) -> list[str]:
    lines = ["| case | segment | before | control | after |", "| --- | --- | --- | --- | --- |"]
    for row in outcome["rows"]:
        cells = [_cell(row[name]) for name in ("before", "control", "after")]
        lines.append(f"| {row['case']} | {row['segment']} | {' | '.join(cells)} |")
    return lines


def _mean(rows: list[dict[str, Any]], name: str) -> str:
    known = [row[name] for row in rows if row[name] is not None]
    return f"{sum(known) / len(known):.4f}" if known else "–"


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
