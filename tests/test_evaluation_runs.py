"""Runs: broken systems score badly where they should, runs resume, and nothing is lost."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from scripted import CITIES, Scripted, Shelf, answered, city_of, knows_all, rain

from assistant import Answer
from assistant.evaluation import Outcome, Question, evaluate, read_run, summarize
from assistant.evaluation.chunking import Place
from assistant.evaluation.questions import Gold
from assistant.evaluation.summary import Table
from index.documents import Document
from index.errors import RunMismatch, UnreadableQuestions

FILES = ("results.jsonl", "summary.json")


def metrics(system: Scripted) -> dict[str, float]:
    found = summarize(evaluate(system, rain()[1]).outcomes)["metrics"]
    return {name: one["value"] for name, one in found.items()}


def test_a_system_that_knows_all_scores_full_marks() -> None:
    found = metrics(Scripted(rain()[0], knows_all))
    for name in ("right", "answer_in_quotes", "exact_quotes", "sentence_f1", "auroc", "mrr"):
        assert found[name] == 1.0
    for name in ("false_answers", "false_refusals"):
        assert found[name] == 0.0
    # Of the twenty, the ten it refuses count as wrong once coverage goes so far.
    assert found["risk_area"] == pytest.approx(
        sum(i / (10 + i) for i in range(1, 11)) / 20, abs=1e-4
    )


def test_a_system_that_always_answers_is_caught_by_false_answers_and_auroc() -> None:
    def bold(shelf: Shelf, question: str) -> Answer:
        return answered(shelf, question, [(f"{city_of(question)}.txt", 0, 12)], confidence=0.8)

    found = metrics(Scripted(rain()[0], bold))
    assert found["false_answers"] == 1.0
    assert found["false_refusals"] == 0.0
    assert found["auroc"] == 0.5
    assert found["right"] == 0.0


def test_a_system_that_never_answers_is_caught_by_false_refusals() -> None:
    found = metrics(Scripted(rain()[0], lambda shelf, q: answered(shelf, q, [], confidence=0.1)))
    assert found["false_refusals"] == 1.0
    assert found["answer_in_quotes"] == 0.0
    assert found["sentence_recall"] == 0.0
    assert found["risk_area"] == 1.0
    assert "exact_quotes" not in found


def test_altered_quotes_are_caught_by_the_index_text_alone() -> None:
    def liar(shelf: Shelf, question: str) -> Answer:
        honest = knows_all(shelf, question)
        # The document in the citation is altered alike, so the answer agrees with itself.
        return replace(
            honest,
            citations=tuple(
                replace(
                    citation,
                    quote=citation.quote.replace("rain", "snow"),
                    document=replace(
                        citation.document, text=citation.document.text.replace("rain", "snow")
                    ),
                )
                for citation in honest.citations
            ),
        )

    assert metrics(Scripted(rain()[0], liar))["exact_quotes"] == 0.0


def test_random_retrieval_ranks_as_badly_as_chance() -> None:
    dice = random.Random(7)

    def blind(shelf: Shelf, question: str) -> Answer:
        names = [document.id for document in shelf.all()]
        return answered(shelf, question, [], ranking=dice.sample(names, len(names)))

    scores: dict[str, list[float]] = {"mrr": [], "recall@3": [], "recall@10": []}
    for _ in range(30):
        table = Table.of(evaluate(Scripted(rain()[0], blind), rain()[1]).outcomes)
        for name, values in scores.items():
            values += table.values(name).values()
    found = {name: sum(values) / len(values) for name, values in scores.items()}
    by_chance = sum(1 / place for place in range(1, 11)) / 10
    assert found["mrr"] == pytest.approx(by_chance, abs=0.05)
    assert found["recall@3"] == pytest.approx(0.3, abs=0.06)
    assert found["recall@10"] == 1.0


def test_a_wrong_sentence_of_the_right_document_costs_sentences_not_documents() -> None:
    def near(shelf: Shelf, question: str) -> Answer:
        name = f"{city_of(question)}.txt"
        spans = [(name, 0, shelf.document(name).text.index(".") + 1)] if "rain" in question else []
        return answered(shelf, question, spans, ranking=[name])

    found = metrics(Scripted(rain()[0], near))
    assert found["citation_precision"] == found["citation_recall"] == 1.0
    assert found["sentence_precision"] == found["sentence_recall"] == 0.0
    assert found["answer_in_quotes"] == 0.0


def test_a_quote_of_another_document_counts_against_one_reading_of_sentence_f1_only() -> None:
    def wide(shelf: Shelf, question: str) -> Answer:
        honest = knows_all(shelf, question)
        spans = [(c.document.id, c.start, c.end) for c in honest.citations]
        other = CITIES[CITIES.index(city_of(question)) - 1]
        extra = [(f"{other}.txt", 0, 12)] if spans else []
        return answered(shelf, question, spans + extra)

    found = metrics(Scripted(rain()[0], wide))
    assert found["sentence_f1_in_evidence"] == 1.0
    assert found["sentence_f1"] == pytest.approx(2 / 3, abs=1e-4)


def test_gold_passages_are_measured_in_tokens_of_what_was_found() -> None:
    shelf = rain()[0]
    gold = Gold("Rome.txt", text="Rome had 20 mm of rain.")
    asked = [Question("q", "How much rain had Rome?", True, passages=(gold,))]
    found = evaluate(Scripted(shelf, knows_all), asked).outcomes[0]
    # "Rome is old. Rome had 20 mm of rain. Nobody minded." is 14 tokens, 7 of them gold.
    assert found.overlap is not None
    assert found.overlap.at(5) == (1.0, 0.5, 0.5)
    assert found.gold_sentences == (Place("Rome.txt", 13, 36),)


def test_the_summary_does_not_hang_on_the_order_of_questions() -> None:
    outcomes = list(evaluate(Scripted(rain()[0], knows_all), rain()[1]).outcomes)
    straight, turned = (summarize(side)["metrics"] for side in (outcomes, outcomes[::-1]))
    assert {n: one["value"] for n, one in straight.items()} == {
        n: one["value"] for n, one in turned.items()
    }


def test_an_outcome_written_as_json_is_read_back_the_same() -> None:
    for outcome in evaluate(Scripted(rain()[0], knows_all), rain()[1]).outcomes:
        assert Outcome.from_dict(json.loads(json.dumps(outcome.to_dict()))) == outcome


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        evaluate(Scripted(rain()[0], knows_all), rain()[1], out=tmp_path / name)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_run_cut_off_in_the_middle_of_a_line_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    shelf, asked = rain()
    evaluate(Scripted(shelf, knows_all), asked, out=tmp_path / "whole")
    cut = tmp_path / "cut"

    class Killed(BaseException):
        pass

    def dies(shelf: Shelf, question: str) -> Answer:
        if "Quito" in question:
            raise Killed
        return knows_all(shelf, question)

    with pytest.raises(Killed):
        evaluate(Scripted(shelf, dies), asked, out=cut)
    results = cut / "results.jsonl"
    results.write_bytes(results.read_bytes()[:-20])
    with pytest.raises(RunMismatch, match="no finished evaluation"):
        read_run(cut)
    again = Scripted(shelf, knows_all)
    run = evaluate(again, asked, out=cut)
    # Five were answered before the end came, and the last of those lines was cut.
    assert len(again.asked) == len(asked.questions) - 4
    assert len(run.timings) == len(asked.questions)
    for name in FILES:
        assert (cut / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert read_run(cut).outcomes == run.outcomes


def test_a_finished_run_is_not_asked_again_and_another_run_is_put_beside_it(tmp_path: Path) -> None:
    shelf, asked = rain()
    evaluate(Scripted(shelf, knows_all), asked, out=tmp_path)
    again = Scripted(shelf, knows_all)
    evaluate(again, asked, out=tmp_path)
    assert again.asked == []
    other = Scripted(shelf, knows_all)
    other.code = "another program"
    evaluate(other, asked, out=tmp_path)
    assert len(other.asked) == len(asked.questions)
    assert len(read_run(tmp_path / "earlier" / "1").outcomes) == len(asked.questions)
    third = Scripted(shelf, knows_all)
    evaluate(third, asked, out=tmp_path, settings={"mood": "other"})
    assert len(third.asked) == len(asked.questions)
    assert (tmp_path / "earlier" / "2" / "summary.json").exists()


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    shelf, asked = rain()
    with pytest.raises(RunMismatch, match=r"thesis\.txt"):
        evaluate(Scripted(shelf, knows_all), asked, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (Question("q", "Rain in Rome?", evidence={"Bern.txt": 1}), r"'q' names .* 'Bern\.txt'"),
        (Question("q", "Rain in Rome?", passages=(Gold("Bern.txt", "x"),)), r"Bern\.txt"),
        (Question("q", "Rain in Rome?", passages=(Gold("Rome.txt", "snow"),)), "'snow'"),
        (Question("q", "Rain?", passages=(Gold("Rome.txt", start=0, end=999),)), "0-999"),
    ],
)
def test_gold_that_the_documents_do_not_hold_is_said_before_any_question_is_asked(
    question: Question, reason: str
) -> None:
    system = Scripted(rain()[0], knows_all)
    with pytest.raises(UnreadableQuestions, match=reason):
        evaluate(system, [question])
    assert system.asked == []


def test_a_stream_times_its_first_text_and_tokens_of_a_chat_model_are_counted() -> None:
    usage = {"input_tokens": 30, "output_tokens": 5, "total_tokens": 35}
    message = AIMessage("hm", usage_metadata=usage, response_metadata={"model_name": "fake"})

    class Streaming(Scripted):
        def stream(self, question: str, history: object, as_of: object) -> list[Answer]:
            done = knows_all(self.index, question)
            GenericFakeChatModel(messages=iter([message])).invoke(question)
            return [replace(done, text="", complete=False), replace(done, complete=False), done]

    run = evaluate(Streaming(rain()[0], knows_all), rain()[1])
    assert all(0 < one.first_text <= one.total for one in run.timings.values())
    found = summarize(run.outcomes)["metrics"]
    assert found["input_tokens"]["value"] == 30
    assert found["output_tokens"]["value"] == 5


def test_a_document_taken_away_makes_its_quotes_inexact() -> None:
    shelf, asked = rain()
    ghost = Shelf([*shelf.all(), Document("Bern.txt", "Bern had 7 mm of rain.")])

    def haunted(_: Shelf, question: str) -> Answer:
        return answered(ghost, question, [("Bern.txt", 0, 22)], ranking=["Bern.txt"])

    outcomes = evaluate(Scripted(shelf, haunted), asked).outcomes
    assert {quote.exact for outcome in outcomes for quote in outcome.quotes} == {False}


def test_two_questions_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        evaluate(Scripted(rain()[0], knows_all), [Question("q", "A Rome?"), Question("q", "B?")])


def test_a_run_of_another_format_is_said_to_be_one(tmp_path: Path) -> None:
    shelf, asked = rain()
    evaluate(Scripted(shelf, knows_all), asked, out=tmp_path)
    (tmp_path / "results.jsonl").write_text('{"id": "a0", "right": true}\n')
    with pytest.raises(RunMismatch, match="another version"):
        read_run(tmp_path)


def test_a_confidence_that_is_no_probability_is_refused() -> None:
    system = Scripted(rain()[0], lambda shelf, q: answered(shelf, q, [], confidence=17.0))
    with pytest.raises(ValueError, match=r"\[0, 1\]; .* has 17"):
        evaluate(system, rain()[1])
