"""The public functions (design, section 13): documented doors to the rooms; torch is imported when needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ugmcl.errors import UserError
from ugmcl.jobs.reporter import SILENT, Reporter

if TYPE_CHECKING:
    from ugmcl.data.cache import Cache
    from ugmcl.data.finding import Finding
    from ugmcl.evaluation.record import Evaluation
    from ugmcl.models.description import ModelPackage
    from ugmcl.models.library import LibraryEntry
    from ugmcl.outcome.record import Outcome
    from ugmcl.segmentation.cohort import CohortResult
    from ugmcl.segmentation.cohort_inputs import Shard
    from ugmcl.segmentation.options import SegmentOptions
    from ugmcl.segmentation.result import SegmentationResult
    from ugmcl.training.run import RunResult
    from ugmcl.training.settings import TrainingSettings
    from ugmcl.volumes.volume import Volume


def segment(
    image: str | Path | Sequence[str | Path] | Volume,
    model: ModelPackage | str | Path,
    *,
    options: SegmentOptions | None = None,
    reporter: Reporter = SILENT,
    **choices: Any,
) -> SegmentationResult:
    """Segments one image and says where the model is unsure.

    Args:
        image: a file (NRRD, NIfTI, MetaImage, DICOM), a folder with one DICOM series, one file a channel,
            or a volume with a (channel, z, y, x) array and a 4x4 affine from voxel (x, y, z) to LPS mm.
        model: ``name`` or ``name@version`` of the library, a package's folder, or a package.
        options: a `SegmentOptions`; or its fields one by one as ``choices``: ``passes`` (T Monte-Carlo
            passes), ``device``, ``precision``, ``roi`` (LPS mm, least x, y, z, then greatest), ``segments``
            (names), ``largest_component``, ``fill_holes``, ``maps``, ``format``, ``preview``,
            ``memory_budget`` (bytes).
        reporter: is told about stages and progress; its ``check`` may end the work.

    Returns:
        A result on the image's own grid: ``label`` (1, z, y, x) uint8, ``uncertainty`` (1, z, y, x) float32
        0..1 (predictive entropy of the mean probabilities, divided by ln C), ``maps``, ``regions`` (where to
        look), ``report`` (what NAME_report.json holds), ``save(folder)``.

    Raises:
        UserError: the image cannot be read, or there is no such model or segment.
        Stopped: the reporter asked for the end.
    """
    from ugmcl.segmentation.case import segment_case

    return segment_case(image, find_model(model), _options(options, choices), reporter)


def segment_cohort(
    inputs: Sequence[str | Path],
    model: ModelPackage | str | Path,
    output: str | Path,
    *,
    options: SegmentOptions | None = None,
    shard: Shard | None = None,
    reporter: Reporter = SILENT,
    **choices: Any,
) -> CohortResult:
    """Segments many images into a folder, past bad ones, and leaves out what is finished there.

    Args:
        inputs: files, folders of files, DICOM folders.
        model: as for `segment`.
        output: folder of all result files and of ``summary.csv``.
        options: as for `segment`, also as single ``choices``.
        shard: the part of the cases that this process takes.
        reporter: progress counts cases.

    Returns:
        Names of cases that are ``done``, ``skipped`` (finished before), and ``failed`` with the reason.

    Raises:
        UserError: inputs, model or folder are unusable as a whole.
        Stopped: the reporter asked for the end; finished cases stay finished.
    """
    from ugmcl.segmentation import cohort

    chosen = _options(options, choices)
    return cohort.segment_cohort(inputs, find_model(model), output, chosen, shard=shard, reporter=reporter)


def check(
    dataset: str | Path, *, allow_outside: bool = False, seed: int = 1337, reporter: Reporter = SILENT
) -> list[Finding]:
    """Looks for every fault of a data set that training would stumble over.

    Args:
        dataset: folder or manifest (design, section 5).
        allow_outside: a manifest may name files outside its folder.
        seed: of the draw of validation cases where no roles are given.
        reporter: progress counts cases.

    Returns:
        Findings with ``severity`` (error, warning, note), ``case``, ``message``, ``remedy``; errors first.

    Raises:
        UserError: there is nothing that could be checked.
    """
    from ugmcl.data.checks import check_dataset
    from ugmcl.data.dataset import load_dataset

    return check_dataset(load_dataset(dataset, allow_outside=allow_outside, seed=seed), reporter=reporter)


def prepare(
    dataset: str | Path,
    output: str | Path,
    *,
    preset: str | None = None,
    settings: Mapping[str, Any] | Path | str | TrainingSettings | None = None,
    allow_outside: bool = False,
    reporter: Reporter = SILENT,
) -> Cache:
    """Prepares a data set for training: on the model's grid, normalised, with signed distances, once.

    Args:
        dataset: folder or manifest.
        output: folder of the cache; an interrupted preparation goes on, an unchanged case is left as it is.
        preset: see `train`.
        settings: see `train`; patch, spacing and intensity rule count here.
        allow_outside: a manifest may name files outside its folder.
        reporter: progress counts cases.

    Returns:
        The opened cache: ``spec``, ``segments``, ``cases``, and each case's arrays, memory-mapped.

    Raises:
        UserError: the data have faults (see `check`), or a setting is out of bounds.
        Stopped: the reporter asked for the end; what is prepared stays.
    """
    from ugmcl.data import preparation
    from ugmcl.data.checks import check_dataset, refuse_errors
    from ugmcl.data.dataset import load_dataset
    from ugmcl.data.plan import plan_spec
    from ugmcl.training.source import spec_overrides

    effective = _settings(preset, settings)
    loaded = load_dataset(dataset, allow_outside=allow_outside, seed=effective.seed)
    refuse_errors(check_dataset(loaded, reporter=reporter), dataset)
    spec = plan_spec(loaded, spec_overrides(effective))
    return preparation.prepare(loaded, spec, Path(output), reporter=reporter)


def train(
    data: str | Path | None,
    output: str | Path,
    *,
    preset: str | None = None,
    settings: Mapping[str, Any] | Path | str | TrainingSettings | None = None,
    start: ModelPackage | str | Path | None = None,
    resume: bool = False,
    max_minutes: float | None = None,
    control: bool | None = None,
    allow_outside: bool = False,
    reporter: Reporter = SILENT,
) -> RunResult:
    """Trains a model, or goes on with a run, and compares it with the model it began with (see `report`).

    Args:
        data: a data set or a prepared cache; None only to resume.
        output: the run folder: settings, checkpoints, curves, and the model package in ``model``.
        preset: ``fine-tune`` (default), ``paper`` (Zhang et al. 2023), …
        settings: values by name, a ``.json`` or ``.toml`` file with them, or a `TrainingSettings`.
        start: a model to begin from; network, spacing and intensity rule come from it.
        resume: go on with the run in ``output``; on one CPU bit for bit as if it had not been interrupted.
        max_minutes: end in order after this time.
        control: also train on the labelled cases alone and compare; None: as at the run's beginning.
        allow_outside: a manifest may name files outside its folder; a resumed run keeps what it began with.
        reporter: is told about progress and figures; its ``check`` may end the run in order.

    Returns:
        ``folder``, ``iterations``, ``validation``, ``model`` (folder of the package), ``alarms``, and more.

    Raises:
        UserError: faults of the data, settings out of bounds, a folder that holds another run.
        Stopped: by the reporter or the time limit; ``resume=True`` goes on.
    """
    from ugmcl.worker.train_here import train_here

    nothing_said = preset is None and settings is None
    effective = None if resume and nothing_said else _settings(preset, settings)
    return train_here(
        data,
        output,
        effective,
        start=start,
        resume=resume,
        max_minutes=max_minutes,
        control=control,
        allow_outside=allow_outside,
        reporter=reporter,
    )


def report(
    run: str | Path,
    *,
    control: bool | None = None,
    device: str | None = None,
    reporter: Reporter = SILENT,
) -> Outcome:
    """Finds out what a finished run brought: calibrates its model, compares, writes ``report.html``.

    Args:
        run: the run folder.
        control: also train on the labelled cases alone, in ``RUN/control``; None does so where it was asked
            for before.
        device: to compute on; None takes the run's.
        reporter: is told about stages; its ``check`` may end the work in order.

    Returns:
        ``verdict`` (better, worse, not better, too few, cannot compare), ``sentence``, ``warnings``, ``rows``
        (Dice by case and segment before, after, control), ``paired`` (differences with interval and p), and
        more; the same lies in ``RUN/outcome.json``.

    Raises:
        UserError: there is no finished run in the folder.
        Stopped: the reporter asked for the end; the next call goes on.
    """
    from ugmcl.outcome.conclude import conclude_run

    return conclude_run(run, control=control, device=device, reporter=reporter)


def evaluate(
    *,
    model: ModelPackage | str | Path | None = None,
    dataset: str | Path | None = None,
    role: str = "validation",
    predictions: str | Path | None = None,
    references: str | Path | None = None,
    uncertainty: bool = False,
    passes: int | None = None,
    device: str = "auto",
    output: str | Path | None = None,
    allow_outside: bool = False,
    reporter: Reporter = SILENT,
) -> Evaluation:
    """Measures a model on a data set, or finished segmentations against references (design, section 11).

    Args:
        model: with ``dataset``: what is measured, as for `segment`.
        dataset: folder or manifest; segments are matched by name.
        role: whose cases: ``validation``, ``test`` or ``labelled``.
        predictions: with ``references``: folders of label files of equal names.
        references: see ``predictions``.
        uncertainty: also judge the uncertainty (only of a model).
        passes: Monte-Carlo passes T; None takes the model's.
        device: as for `segment`.
        output: folder for evaluation.json, cases.csv and plots; None writes nothing.
        allow_outside: a manifest may name files outside its folder.
        reporter: progress counts cases.

    Returns:
        ``rows`` (a case and segment each), ``summary()`` (mean, SD and n a segment), ``uncertainty``,
        ``skipped``.

    Raises:
        UserError: nothing to compare, or a case cannot be read.
        Stopped: the reporter asked for the end.
    """
    if (model is None) == (predictions is None) or (model is None) != (dataset is None):
        raise UserError(
            "it is not clear what to evaluate", None, "Give model and dataset, or predictions and references"
        )
    if model is not None and dataset is not None:
        from ugmcl.data.dataset import load_dataset
        from ugmcl.evaluation.models import evaluate_model

        return evaluate_model(
            find_model(model),
            load_dataset(dataset, allow_outside=allow_outside),
            role=role,
            uncertainty=uncertainty,
            passes=passes,
            device=device,
            output=output,
            reporter=reporter,
        )
    if predictions is None or references is None:
        raise UserError("one of two folders is missing", None, "Give predictions and references")
    if uncertainty:
        raise UserError(
            "finished segmentations have no uncertainty", predictions, "Give a model and a data set"
        )
    from ugmcl.evaluation.predictions import evaluate_predictions

    evaluation = evaluate_predictions(predictions, references, reporter=reporter)
    if output is not None:
        evaluation.save(output)
    return evaluation


def compare(first: Evaluation | str | Path, second: Evaluation | str | Path) -> list[dict[str, Any]]:
    """Compares two evaluations of the same cases, paired: second minus first.

    Args:
        first: an evaluation, or the folder it was saved in.
        second: the same.

    Returns:
        One row a segment and metric: n, means, difference with its bootstrap 95 % interval, p of the paired
        t-test and of Wilcoxon's signed-rank test, that one after Holm's correction, effect size.

    Raises:
        UserError: no evaluation there, or no case in common.
    """
    from ugmcl.evaluation import comparison
    from ugmcl.evaluation.record import Evaluation, load_evaluation

    a, b = (given if isinstance(given, Evaluation) else load_evaluation(given) for given in (first, second))
    return comparison.compare(a, b)


def list_models() -> list[LibraryEntry]:
    """Every model: those that came with the software, the site's (``UGMCL_MODELS``), the user's.

    Returns:
        Entries with ``name``, ``version``, ``title``, ``path``, ``place``, ``package``; of a damaged model
        ``package`` is None and ``fault`` says why.
    """
    from ugmcl.models import library

    return library.list_models()


def find_model(model: ModelPackage | str | Path) -> ModelPackage:
    """A model by ``name``, ``name@version``, or the folder of a package or of a run.

    Raises:
        UserError: there is none, several are meant, or it is damaged or needs a newer version of ugmcl.
    """
    from ugmcl.models import library

    return library.find_model(model)


def import_model(source: str | Path) -> ModelPackage:
    """Copies a package (its folder, a zip of it, or a run's folder) into the user's library, verified.

    Raises:
        UserError: it is damaged, unsafe, or another model has its name and version.
    """
    from ugmcl.models import exchange

    return exchange.import_model(source)


def _options(options: SegmentOptions | None, choices: Mapping[str, Any]) -> SegmentOptions:
    from dataclasses import fields

    from ugmcl.segmentation.options import SegmentOptions

    if options is not None:
        if choices:
            raise UserError("options are given twice", ", ".join(choices), "Give options, or single choices")
        return options
    known = [field.name for field in fields(SegmentOptions)]
    for name in choices:
        if name not in known:
            raise UserError("there is no such option", name, f"Choose from {', '.join(known)}")
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in choices.items()
    }
    return SegmentOptions(**values)


def _settings(
    preset: str | None, settings: Mapping[str, Any] | Path | str | TrainingSettings | None
) -> TrainingSettings:
    from ugmcl.training.loading import DEFAULT_PRESET, load_settings
    from ugmcl.training.settings import TrainingSettings

    if isinstance(settings, TrainingSettings):
        return settings
    preset = preset or DEFAULT_PRESET
    if isinstance(settings, str | Path):
        return load_settings(preset, settings)
    return load_settings(preset, None, settings or {})
