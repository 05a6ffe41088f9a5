"""Scores that were computed before: a line a case, so that a ranking goes on and another strategy is free."""

from __future__ import annotations

import json
from pathlib import Path

from ugmcl.errors import UserError
from ugmcl.ranking.case_scores import CaseScores
from ugmcl.segmentation.case import Segmenter

SCORES = "scores.jsonl"


class ScoreStore:
    """Scores by input and model, appended when a case is done.

    Args:
        folder: of the ranking; None keeps nothing.
        segmenter: whose model and passes the scores belong to.

    Raises:
        UserError: the folder cannot be used.
    """

    def __init__(self, folder: Path | None, segmenter: Segmenter) -> None:
        self.folder = folder
        model = segmenter.model
        self._about = (
            f"{model.id} {model.weights_sha256} {segmenter.predictor.passes} {model.uncertainty.temperature}"
        )
        self._known: dict[tuple[str, str], CaseScores] = {}
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lines = (folder / SCORES).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        except OSError as fault:
            raise UserError(
                f"cannot be written ({fault.strerror})", folder, "Choose another folder"
            ) from fault
        for line in lines:
            try:
                data = json.loads(line)
                if data["about"] == self._about:
                    scores = CaseScores.from_json(data["scores"])
                    self._known[(scores.case, data["key"])] = scores
            except (ValueError, KeyError, TypeError):
                continue  # half a line of a process that was killed

    def get(self, case: str, key: str) -> CaseScores | None:
        """Of this case with this input (``key``); None where it must be computed."""
        return self._known.get((case, key))

    def put(self, key: str, scores: CaseScores) -> None:
        """Keep the scores of an input."""
        if self.folder is None:
            return
        line = json.dumps({"about": self._about, "key": key, "scores": scores.to_json()})
        with (self.folder / SCORES).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
