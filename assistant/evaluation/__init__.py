"""Is it better? Question sets, outcomes, metrics with intervals, comparisons, a report.

Asks any system that answers as Assistant does; knows nothing of how it comes to its answers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.evaluation.comparing import Comparison, compare
    from assistant.evaluation.drafting import draft_questions
    from assistant.evaluation.judging import Judge
    from assistant.evaluation.outcomes import Outcome
    from assistant.evaluation.questions import Question, QuestionSet
    from assistant.evaluation.reading_sets import read_questions
    from assistant.evaluation.report import write_report
    from assistant.evaluation.runs import Run, evaluate, read_run
    from assistant.evaluation.summary import summarize

__all__ = [
    "Comparison",
    "Judge",
    "Outcome",
    "Question",
    "QuestionSet",
    "Run",
    "compare",
    "draft_questions",
    "evaluate",
    "read_questions",
    "read_run",
    "summarize",
    "write_report",
]

_HOMES = {
    "Comparison": "comparing",
    "Judge": "judging",
    "Outcome": "outcomes",
    "Question": "questions",
    "QuestionSet": "questions",
    "Run": "runs",
    "compare": "comparing",
    "draft_questions": "drafting",
    "evaluate": "runs",
    "read_questions": "reading_sets",
    "read_run": "runs",
    "summarize": "summary",
    "write_report": "report",
}


def __getattr__(name: str) -> object:
    # Late, because scikit-learn and SciPy take longer to load than most commands run.
    if name in _HOMES:
        return getattr(import_module(f"assistant.evaluation.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
