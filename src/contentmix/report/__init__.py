"""Reports: records of what ran, and the tables, figures and pages made from them alone."""

from contentmix.report.beside import COST, OOD
from contentmix.report.details import DETAILS, AtTemperature, Details, load_details
from contentmix.report.figures import curves, reliability_diagrams, svg, trade_off
from contentmix.report.grid import image_grid
from contentmix.report.model_card import model_card
from contentmix.report.out_of_distribution import DetectionRecord, detection_table
from contentmix.report.over import over_figure
from contentmix.report.page import label_runs, write_report
from contentmix.report.predictions import read_predictions, save_predictions
from contentmix.report.quality import QUALITY, QUALITY_COLUMNS
from contentmix.report.record import IMPORTED, RESULTS, EvaluationRecord, Record, load_record
from contentmix.report.robustness import CORRUPTIONS, CorruptionFigures, RobustnessRecord, robustness_table
from contentmix.report.run import FIGURES, FinishedRun, label_of, read_history, read_run
from contentmix.report.tables import (
    COLUMNS,
    SUMMARY,
    Summary,
    evaluation_table,
    final_table,
    spread,
    summarise,
    summary_table,
)
from contentmix.report.thumbnails import Picture, thumbnail
from contentmix.report.usage import USAGE, BlockUsage, UsageRecord, load_usage
from contentmix.report.usage_figures import activity_figure, influence_figure

__all__ = [
    "COLUMNS",
    "CORRUPTIONS",
    "COST",
    "DETAILS",
    "FIGURES",
    "IMPORTED",
    "OOD",
    "QUALITY",
    "QUALITY_COLUMNS",
    "RESULTS",
    "SUMMARY",
    "USAGE",
    "AtTemperature",
    "BlockUsage",
    "CorruptionFigures",
    "Details",
    "DetectionRecord",
    "EvaluationRecord",
    "FinishedRun",
    "Picture",
    "Record",
    "RobustnessRecord",
    "Summary",
    "UsageRecord",
    "activity_figure",
    "curves",
    "detection_table",
    "evaluation_table",
    "final_table",
    "image_grid",
    "influence_figure",
    "label_of",
    "label_runs",
    "load_details",
    "load_record",
    "load_usage",
    "model_card",
    "over_figure",
    "read_history",
    "read_predictions",
    "read_run",
    "reliability_diagrams",
    "robustness_table",
    "save_predictions",
    "spread",
    "summarise",
    "summary_table",
    "svg",
    "thumbnail",
    "trade_off",
    "write_report",
]
