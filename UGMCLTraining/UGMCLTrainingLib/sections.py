"""The panel's sections in the order in which they stand and are told of changes."""

from __future__ import annotations

from UGMCLTrainingLib.begin_section import BeginSection
from UGMCLTrainingLib.cases_section import CasesSection
from UGMCLTrainingLib.live_section import LiveSection
from UGMCLTrainingLib.outcome_section import OutcomeSection
from UGMCLTrainingLib.plan_section import PlanSection
from UGMCLTrainingLib.ranking_section import RankingSection
from UGMCLTrainingLib.runs_section import RunsSection

SECTIONS = (
    CasesSection,
    RankingSection,
    PlanSection,
    BeginSection,
    RunsSection,
    LiveSection,
    OutcomeSection,
)
