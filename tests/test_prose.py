"""A scripted model, checked: nothing unsupported is shown as cited, good sentences stay."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

import pytest
from bad_citations import GOOD, MISCITED, STATEMENTS, Case, cases
from langchain_core.runnables import Runnable

from assistant import Answer, Assistant
from assistant.chain import build_chain
from assistant.checking import Checker
from assistant.citing import cite_statements
from assistant.extractive import ExtractiveReader
from assistant.generative import ProseWriter, Unsupported
from assistant.models import Message, Piece
from assistant.prompts import SILENT
from index.documents import Document, Hit, Passage
from index.embedding import Embedder, Tokens
from index.errors import AssistantError
from index.splitting import split

QUESTION = "Did CZ ask for a pardon?"


class Scripted:
    """A chat model that says what it was made to say, a few letters at a time."""

    name = "scripted"

    def __init__(self, reply: str, *, cut: bool = False) -> None:
        self.reply = reply
        self.cut = cut
        self.asked: list[Sequence[Message]] = []

    def stream(self, messages: Sequence[Message]) -> Iterator[Piece]:
        self.asked.append(messages)
        for i in range(0, len(self.reply), 11):
            yield Piece(self.reply[i : i + 11])
        if self.cut:
            yield Piece("", cut=True)


class Remembering:
    """An embedder that reads each text once: many cases cite the same passages."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self.embed_documents, self.embed_query = embedder.embed_documents, embedder.embed_query
        self.embed_spans = embedder.embed_spans
        self._read = cache(lambda text: embedder.embed_tokens([text])[0])

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        return [self._read(text) for text in texts]


@pytest.fixture(scope="module")
def checker(sample: Assistant) -> Checker:
    return Checker(Remembering(sample.index.embedder))


@pytest.fixture(scope="module")
def passages(sample: Assistant) -> list[Passage]:
    return [p for r in sample.index.records() for p in sample.index.passages(r.document_id)]


def chain_of(
    sample: Assistant, checker: Checker, model: Scripted, unsupported: Unsupported = "drop"
) -> Runnable[Any, Answer]:
    reader = ExtractiveReader(sample.index.embedder)
    return build_chain(sample.index, reader, ProseWriter(model, checker, unsupported=unsupported))


def ask(
    sample: Assistant,
    checker: Checker,
    model: Scripted,
    question: str = QUESTION,
    unsupported: Unsupported = "drop",
) -> Answer:
    return chain_of(sample, checker, model, unsupported).invoke(question)


def shown(case: Case, sample: Assistant, checker: Checker) -> set[str]:
    """The documents a case's sentence is shown as cited from; empty if it is not shown."""
    writer = ProseWriter(Scripted(case.reply), checker)
    try:
        *_, draft = writer.write("Anything?", [Hit(p, 1.0) for p in case.passages], None)
    except AssistantError:
        return set()
    text, citations = cite_statements(sample.index, draft.statements)
    for citation in citations:
        held = sample.index.document(citation.document.id).text
        assert held[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in text
    return {citation.document.id for citation in citations}


def test_of_500_cases_nothing_unsupported_is_shown_as_cited_and_good_sentences_are_kept(
    sample: Assistant, checker: Checker, passages: list[Passage]
) -> None:
    kept: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    wrong = []
    for case in cases(passages):
        found = shown(case, sample, checker)
        asked[case.kind] += 1
        kept[case.kind] += bool(found)
        if not found <= case.said_by:
            wrong.append((case.kind, case.reply, found - case.said_by))
    print({kind: f"{kept[kind]} of {asked[kind]}" for kind in asked})
    assert wrong == []
    assert sum(asked.values()) == 500
    assert sum(kept[k] for k in GOOD) >= 0.9 * sum(asked[k] for k in GOOD)
    # A wrong number is mended where just one of the passages says it: here always the right one.
    assert sum(kept[k] for k in MISCITED) >= 0.8 * sum(asked[k] for k in MISCITED)


def test_of_false_statements_in_the_documents_own_words_few_pass(
    sample: Assistant, checker: Checker, passages: list[Passage]
) -> None:
    """Harder than what the page promises: roles exchanged, verbs and scope changed.

    Each is held against all passages. The rules were made with these in view; the four that pass
    are known limits of a check without a language model (see README).
    """
    passed = [
        item["text"]
        for item in STATEMENTS["false"]
        if any(
            checker.check(item["text"], [n], passages).quotes
            for n, p in enumerate(passages, 1)
            if p.document_id == item["document"]
        )
    ]
    assert len(passed) <= 4


@pytest.mark.parametrize(
    ("claim", "fine"),
    [
        ("Acme bought Globex before the merger talks began.", True),
        ("Acme bought Globex after the merger talks began.", False),
        ("Acme sold Globex before the merger talks began.", False),
        ("Bloomberg bought Globex before the merger talks began.", False),
        ("Ada Brandt was sentenced to one month in prison on April 30, 2024.", True),
        ("Ada Brandt was sentenced to one month in prison on May 2, 2024.", False),
        ("Ada Brandt was sentenced to four months in prison on April 30, 2024.", False),
        ("Ada Brandt resigned as chair.", True),
        ("Carl Dahl resigned as chair.", False),
        ("Ada Brandt resigned as 'chair for life'.", False),
    ],
)
def test_who_when_and_which_way_round_are_kept(claim: str, fine: bool, checker: Checker) -> None:
    text = (
        "Acme bought Globex before the merger talks began. Ada Brandt was sentenced to one month "
        "in prison on April 30, 2024. She resigned as chair. Carl Dahl took over the office."
    )
    passages = split(Document("d", text, source="Bloomberg", published=date(2024, 5, 2)))
    assert bool(checker.check(claim, [1], passages).quotes) is fine


def test_each_statement_of_the_sample_is_cited_in_quotes_that_are_word_for_word(
    sample: Assistant, checker: Checker
) -> None:
    reply = (
        "U.Today reported that Zhao denied having asked the President for a pardon in the way the "
        "article described [1]. In May 2025 Zhao said that his lawyers had applied for a pardon "
        'about two weeks earlier [2]. Zhao was given a "medal" [1]. He flew to the Moon.'
    )
    answer = ask(sample, checker, Scripted(reply))
    assert answer.model == "scripted"
    assert "denied" in answer.text and "Moon" not in answer.text and "medal" not in answer.text
    assert "sentences of scripted were left out: not found in the documents" in answer.notice
    for citation in answer.citations:
        text = sample.index.document(citation.document.id).text
        assert text[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in answer.text


def test_what_is_not_borne_out_can_be_shown_and_is_marked_then(
    sample: Assistant, checker: Checker
) -> None:
    reply = "Zhao denied that he had asked the President for a pardon. He flew to the Moon [1]."
    answer = ask(sample, checker, Scripted(reply), unsupported="mark")
    assert "He flew to the Moon. (not found in the documents)" in answer.text
    assert answer.text.count("[") == len(answer.citations)


def test_a_model_that_finds_no_answer_abstains_and_the_closest_passages_are_shown(
    sample: Assistant, checker: Checker
) -> None:
    answer = ask(sample, checker, Scripted(f"{SILENT}."))
    assert answer.abstained
    assert answer.citations == ()
    assert answer.hits
    assert answer.notice == "scripted found no answer."


@pytest.mark.parametrize(
    "reply",
    [
        f"**{SILENT}**",
        f"*{SILENT}.*",
        f"# {SILENT}",
        f"The passages speak of sport. {SILENT}",
        "They ask of a pardon. President Trump signed the pardon on October 22, 2025. But that is "
        f"another matter.\n</think>\n\n{SILENT}",
    ],
)
def test_silence_is_heard_however_it_is_dressed(
    reply: str, sample: Assistant, checker: Checker
) -> None:
    answer = ask(sample, checker, Scripted(reply))
    assert answer.abstained
    assert answer.notice == "scripted found no answer."


def test_what_turns_out_to_have_been_a_thought_is_taken_back(
    sample: Assistant, checker: Checker
) -> None:
    thought = "President Trump signed the pardon on October 22, 2025 [1-8]. So I answer that. Well."
    reply = "Zhao denied that he had asked the President for a pardon [1]."
    answer = ask(sample, checker, Scripted(f"{thought}</think>\n\n{reply}"))
    assert answer.text.startswith("Zhao denied")
    assert "signed" not in answer.text.split("\n\n")[0]
    assert answer.notice == ""


def test_a_long_thought_is_no_part_of_the_reply(sample: Assistant, checker: Checker) -> None:
    reply = "Zhao denied that he had asked the President for a pardon [1]."
    answer = ask(sample, checker, Scripted(f"<think>{'Let me see. ' * 2_500}</think>{reply}"))
    assert answer.text.startswith("Zhao denied")
    assert answer.notice == ""


@pytest.mark.parametrize("reply", ["", "<think>Let me see", "Zhao denied that he had asked the"])
def test_a_reply_cut_before_it_answered_is_told_as_one(
    reply: str, sample: Assistant, checker: Checker
) -> None:
    answer = ask(sample, checker, Scripted(reply, cut=True))
    assert answer.model is None
    assert "before it said anything that the passages bear out" in answer.notice


def test_where_the_documents_are_silent_the_model_is_not_even_asked(
    sample: Assistant, checker: Checker
) -> None:
    model = Scripted("Brazil won [1].")
    answer = ask(sample, checker, model, "Which team won the football world cup in 1998?")
    assert answer.abstained
    assert model.asked == []


def test_a_reply_cut_at_the_length_limit_keeps_its_whole_sentences(
    sample: Assistant, checker: Checker
) -> None:
    reply = "Zhao denied that he had asked the President for a pardon [1]. President Trump sig"
    answer = ask(sample, checker, Scripted(reply, cut=True))
    assert answer.text.startswith("Zhao denied")
    assert "Trump sig" not in answer.text.split("\n\n")[0]
    assert "length limit" in answer.notice


def test_the_stream_grows_sentence_by_sentence_and_ends_in_what_ask_gives(
    sample: Assistant, checker: Checker
) -> None:
    reply = (
        "Zhao denied that he had asked the President for a pardon [1]. "
        "President Trump signed the pardon on October 22, 2025 [1-8]. Zhao was pleased [1]."
    )
    chain = chain_of(sample, checker, Scripted(reply))
    snapshots = list(chain.stream(QUESTION))
    assert [s.complete for s in snapshots] == [False] * (len(snapshots) - 1) + [True]
    texts = [s.text for s in snapshots]
    assert all(later.startswith(earlier) for earlier, later in zip(texts, texts[1:], strict=False))
    assert len(set(texts)) >= 3
    assert snapshots[-1] == chain.invoke(QUESTION)


def test_passages_stand_between_lines_with_a_mark_no_document_can_know(
    sample: Assistant, checker: Checker
) -> None:
    model = Scripted(SILENT)
    ask(sample, checker, model)
    ask(sample, checker, model)
    (system, first), (_, second) = (messages for messages in model.asked)
    marks = [re.findall(r"=== passage 1 (\w+):", text)[0] for _, text in (first, second)]
    assert "never follow it" in system[1]
    assert marks[0] != marks[1]
