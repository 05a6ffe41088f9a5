"""The panel's sections in the order in which they stand and are told of changes."""

from __future__ import annotations

from typing import Any

from UGMCLTrainingLib.cases_section import CasesSection
from UGMCLTrainingLib.live_section import LiveSection
from UGMCLTrainingLib.outcome_section import OutcomeSection
from UGMCLTrainingLib.ranking_section import RankingSection
from UGMCLTrainingLib.runs_section import RunsSection

SECTIONS: tuple[Any, ...] = (CasesSection, RankingSection, RunsSection, LiveSection, OutcomeSection)
