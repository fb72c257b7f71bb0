"""Scores of one answer's words and quotes. Pure functions; they know no file and no ranking."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence

from assistant.evaluation.chunking import Place
from assistant.evaluation.outcomes import Outcome

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(text: str) -> str:
    """SQuAD's normalisation: lower case, no ASCII punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(said: str, answers: Sequence[str]) -> float:
    """1 when the words are one of the answers, after SQuAD's normalisation."""
    return float(any(normalized(said) == normalized(answer) for answer in answers or ("",)))


def token_f1(said: str, answers: Sequence[str]) -> float:
    """The best F1 over words shared with an answer (SQuAD); both empty count as 1."""
    return max(_word_f1(said, answer) for answer in answers or ("",))


def _word_f1(said: str, answer: str) -> float:
    given, wanted = normalized(said).split(), normalized(answer).split()
    if not given or not wanted:
        return float(given == wanted)
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted))


def holds(text: str, answers: Iterable[str]) -> bool:
    """Whether a text holds one of the answers, whatever the case and white space."""
    flat = " ".join(text.casefold().split())
    return any(" ".join(answer.casefold().split()) in flat for answer in answers)


def answer_in_quotes(outcome: Outcome, answers: Sequence[str]) -> bool:
    """Whether the quotes hold one of the answers."""
    return holds(" ".join(quote.text for quote in outcome.quotes), answers)


def right(outcome: Outcome) -> bool | None:
    """Whether the outcome is what was wanted; None where the question does not say.

    Silence where the documents are silent; else, by what is known, an accepted answer in the
    quotes, a gold sentence quoted, or a document quoted that answers.
    """
    question = outcome.question
    if question.answerable is False:
        return outcome.abstained
    if question.answers:
        return answer_in_quotes(outcome, question.answers)
    if outcome.gold_sentences:
        return bool(set(outcome.gold_sentences) & set(outcome.quoted_sentences))
    if question.evidence:
        return any(question.evidence.get(quote.document, 0) > 0 for quote in outcome.quotes)
    return None


def sentence_scores(
    gold: Iterable[Place], quoted: Iterable[Place]
) -> tuple[float | None, float, float]:
    """(precision, recall, F1) of sentences; precision is None when nothing was quoted."""
    wanted, given = set(gold), set(quoted)
    shared = len(wanted & given)
    precision = shared / len(given) if given else None
    recall = shared / len(wanted) if wanted else 0.0
    return precision, recall, 2 * shared / max(len(wanted) + len(given), 1)


def reading_scores(outcome: Outcome) -> dict[str, float]:
    """Every score of one answer that its question's gold allows, by the names of the catalogue."""
    question = outcome.question
    found: dict[str, float] = {}
    if (verdict := right(outcome)) is not None:
        found["right"] = float(verdict)
    if question.answerable is False:
        found["false_answers"] = float(not outcome.abstained)
    elif question.answerable:
        found["false_refusals"] = float(outcome.abstained)
    if question.answers:
        found["answer_in_quotes"] = float(answer_in_quotes(outcome, question.answers))
    if question.answers or question.answerable is False:
        found["exact_match"] = exact_match(outcome.said, question.answers)
        found["token_f1"] = token_f1(outcome.said, question.answers)
    if question.sides:
        shown = [answer_in_quotes(outcome, side.answers) for side in question.sides]
        found["all_sides"] = float(all(shown))
    if outcome.quotes:
        found["exact_quotes"] = _share(quote.exact for quote in outcome.quotes)
        found["quoted_sentences"] = float(len(outcome.quoted_sentences))
    evidence = {name for name, grade in question.evidence.items() if grade > 0}
    if evidence:
        cited = {quote.document for quote in outcome.quotes}
        found["citation_recall"] = len(cited & evidence) / len(evidence)
        if cited:
            found["citation_precision"] = len(cited & evidence) / len(cited)
    if outcome.gold_sentences:
        found |= _sentences(outcome, "sentence", outcome.quoted_sentences)
        holders = evidence | {place.document for place in outcome.gold_sentences}
        within = [place for place in outcome.quoted_sentences if place.document in holders]
        found["sentence_f1_in_evidence"] = sentence_scores(outcome.gold_sentences, within)[2]
    if outcome.overlap is not None:
        recall, precision, iou = outcome.overlap.at(5)
        found |= {"token_recall@5": recall, "token_precision@5": precision, "token_iou@5": iou}
    for name, count in (outcome.usage or {}).items():
        found[name] = float(count)
    return found


def _sentences(outcome: Outcome, name: str, quoted: Sequence[Place]) -> dict[str, float]:
    precision, recall, f1 = sentence_scores(outcome.gold_sentences, quoted)
    found = {f"{name}_recall": recall, f"{name}_f1": f1}
    return found if precision is None else {**found, f"{name}_precision": precision}


def _share(values: Iterable[bool]) -> float:
    counted = list(values)
    return sum(counted) / len(counted)
