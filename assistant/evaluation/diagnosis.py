"""What became of a question, in a label and a sentence a person understands. Computes no score."""

from __future__ import annotations

from assistant.evaluation.outcomes import Outcome
from assistant.evaluation.ranking import ranked_documents
from assistant.evaluation.reading import right

LABELS = {
    "right": "right",
    "false-answer": "false answer",
    "false-refusal": "false refusal",
    "not-found": "not found",
    "wrong-document": "other document",
    "wrong-sentence": "other sentence",
    "not-judged": "not judged",
}
"""How questions are sorted in the report, best first."""


def diagnosis(outcome: Outcome) -> tuple[str, str]:
    """(a key of LABELS, what happened in a sentence)."""
    question = outcome.question
    sure = f"confidence {outcome.confidence:.2f}"
    verdict = right(outcome)
    if verdict is None:
        return "not-judged", "Nobody said what would be right."
    if verdict:
        if question.answerable is False:
            return "right", f"The documents are silent, and so was the answer ({sure})."
        return "right", f"What was asked for stands in the quotes ({sure})."
    if question.answerable is False:
        return "false-answer", f"The documents are silent, yet it answered ({sure})."
    place = evidence_place(outcome)
    if outcome.abstained:
        if place is None and question.evidence:
            return "false-refusal", f"No passage that answers was found; it stayed silent ({sure})."
        read = (
            f"The passage that answers was number {place}, " if place else "The answer is there, "
        )
        return "false-refusal", f"{read}yet it stayed silent ({sure})."
    if question.evidence and place is None:
        return "not-found", f"No document that answers was found; it quoted others ({sure})."
    cited = {quote.document for quote in outcome.quotes}
    if question.evidence and not cited & question.evidence.keys():
        return (
            "wrong-document",
            f"A document that answers was found, number {place}, but others were quoted ({sure}).",
        )
    return "wrong-sentence", f"The answer stands in none of the sentences quoted ({sure})."


def evidence_place(outcome: Outcome) -> int | None:
    """The place, from 1, of the first document found that answers; None when none was found."""
    for place, name in enumerate(ranked_documents(outcome), start=1):
        if outcome.question.evidence.get(name, 0) > 0:
            return place
    return None
