"""What a compiled model costs: memory over time, kernels, constants; as tables, JSON and a page."""

from __future__ import annotations

from tvm_model_library.report.budget import Budget, BudgetError
from tvm_model_library.report.figures import Report, report_of
from tvm_model_library.report.footprint import Footprint, FootprintError, footprint_of
from tvm_model_library.report.page import html_page
from tvm_model_library.report.tables import tables

__all__ = [
    "Budget",
    "BudgetError",
    "Footprint",
    "FootprintError",
    "Report",
    "footprint_of",
    "html_page",
    "report_of",
    "tables",
]
