"""Failures that are told in rows of evidence and words, and what kind of failure each is.

    >>> from hotfire.failures import diagnose_case, read_cases
    >>> answers = [diagnose_case(case) for case in read_cases("cases.yaml")]  # doctest: +SKIP

No engine is solved: what is told is held against a declared table of what each kind of failure shows.
"""

from __future__ import annotations

from hotfire.failures.answer import FailureAnswer, Ranked, Said, diagnose_case
from hotfire.failures.case import CasesError, FailureCase, Row, read_cases
from hotfire.failures.table import Label, LabelTable, label_table

__all__ = [
    "CasesError",
    "FailureAnswer",
    "FailureCase",
    "Label",
    "LabelTable",
    "Ranked",
    "Row",
    "Said",
    "diagnose_case",
    "label_table",
    "read_cases",
]
