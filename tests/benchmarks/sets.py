"""The public question sets as documents, queries and gold. Knows nothing of the system measured."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.evaluation import Question as Asked
from assistant.evaluation import QuestionSet as AskedSet
from assistant.evaluation import read_questions
from assistant.evaluation.chunking import Place
from assistant.evaluation.questions import Gold
from index import Document
from index.documents import Span
from index.reading import read_file

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parents[1] / "corpus"
DATA = HERE.parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set.

    `group` is what may not be split between calibration and report (an article); `document` the id
    of the document the question was asked of; `answers` accepted strings; `selected` the sentences
    people chose as evidence.
    """

    id: str
    text: str
    answerable: bool
    group: str
    document: str
    answers: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    selected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents and the questions asked of them."""

    name: str
    documents: list[Document]
    questions: list[Question]


def squad() -> QuestionSet:
    """SQuAD 2.0, every paragraph a document; the group is the article."""
    data = json.loads((DATA / "squad" / "dev-half-v2.0.json").read_text("utf-8"))["data"]
    documents, questions = [], []
    for article in data:
        title = article["title"].replace("_", " ")
        for number, paragraph in enumerate(article["paragraphs"]):
            name = f"{article['title']}/{number:03}"
            documents.append(Document(name, paragraph["context"], title))
            for item in paragraph["qas"]:
                answers = tuple(dict.fromkeys(answer["text"] for answer in item["answers"]))
                questions.append(
                    Question(
                        item["id"],
                        item["question"].strip(),
                        not item["is_impossible"],
                        article["title"],
                        name,
                        answers,
                    )
                )
    return QuestionSet("squad", documents, questions)


def clapnq() -> QuestionSet:
    """ClapNQ, passages of answerable and unanswerable questions together; a group per question."""
    documents: dict[str, Document] = {}
    questions = []
    for part in ("answerable", "unanswerable"):
        for line in (DATA / "clapnq" / f"{part}_half.jsonl").read_text("utf-8").splitlines():
            item = json.loads(line)
            passage = item["passages"][0]
            document = Document(f"{part}/{item['id']}", passage["text"], passage["title"])
            # Two questions may share a passage; one document serves both.
            document = documents.setdefault(document.text, document)
            selected = item["output"][0]["selected_sentences"] if part == "answerable" else []
            questions.append(
                Question(
                    item["id"],
                    item["input"],
                    part == "answerable",
                    item["id"],
                    document.id,
                    sentences=tuple(passage["sentences"]),
                    selected=tuple(selected),
                )
            )
    return QuestionSet("clapnq", list(documents.values()), questions)


def written(first: int = 1) -> QuestionSet:
    """The passages of tests/data/reading, and the questions from file `first` on.

    The group is the document.
    """
    documents, questions = [], []
    for file in sorted((HERE.parent / "data" / "reading").glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            item = json.loads(line)
            name = f"{file.stem}/{number:03}"
            day = item["published"] and date.fromisoformat(item["published"])
            text = " ".join(item["sentences"])
            documents.append(Document(name, text, item["title"], item["publisher"], day))
            questions += [
                Question(
                    f"{name}/{i}",
                    asked,
                    bool(told),
                    name,
                    name,
                    answers=() if answer in ("", "yes", "no") else (answer,),
                    selected=tuple(item["sentences"][place] for place in told),
                )
                for i, (asked, told, answer) in enumerate(item["questions"])
                if int(file.stem) >= first
            ]
    return QuestionSet("written", documents, questions)


def long_answers() -> QuestionSet:
    """The passages and questions of tests/data/long_answers; the group is the document."""
    documents, questions = [], []
    for file in sorted((HERE.parent / "data" / "long_answers").glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            item = json.loads(line)
            name = f"{file.stem}/{number:03}"
            sentences = tuple(item["sentences"])
            documents.append(Document(name, " ".join(sentences), item["title"]))
            questions += [
                Question(
                    f"{name}/{i}",
                    asked,
                    True,
                    name,
                    name,
                    sentences=sentences,
                    selected=tuple(sentences[place] for place in told),
                )
                for i, (asked, told) in enumerate(item["questions"])
            ]
    return QuestionSet("long_answers", documents, questions)


def scifact() -> tuple[list[Document], dict[str, str], dict[str, dict[str, int]]]:
    """SciFact -> (abstracts, training claims by id, relevance by claim and abstract)."""
    folder = DATA / "scifact"
    rows = map(json.loads, (folder / "corpus.jsonl").read_text("utf-8").splitlines())
    documents = [Document(row["_id"], row["text"], row["title"]) for row in rows]
    rows = map(json.loads, (folder / "queries_train.jsonl").read_text("utf-8").splitlines())
    claims = {row["_id"]: row["text"] for row in rows}
    relevance: dict[str, dict[str, int]] = {}
    with (folder / "qrels_train.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            relevance.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return documents, {name: claims[name] for name in relevance}, relevance


@dataclass(frozen=True, slots=True)
class Spans:
    """Texts, questions, and the exact places that answer each."""

    documents: list[Document]
    questions: list[str]
    gold: list[list[Place]]


def chunking() -> Spans:
    """The chunking set: three texts, questions with exact character spans."""
    folder = DATA / "chunking"
    texts = [Document(file.stem, file.read_text("utf-8")) for file in sorted(folder.glob("*.md"))]
    questions, gold = [], []
    with (folder / "questions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            questions.append(row["question"])
            references = json.loads(row["references"])
            gold.append(
                [Place(row["corpus_id"], r["start_index"], r["end_index"]) for r in references]
            )
    return Spans(texts, questions, gold)


def squad_asked() -> AskedSet:
    """SQuAD as `assistant evaluate` reads it; ids of documents are those of `squad`."""
    return read_questions(DATA / "squad" / "dev-half-v2.0.json")


def clapnq_asked() -> AskedSet:
    """ClapNQ with the selected sentences as gold passages."""
    held = clapnq()
    questions = tuple(
        Asked(
            id=item.id,
            question=item.text,
            answerable=item.answerable,
            evidence={item.document: 1} if item.answerable else {},
            passages=tuple(Gold(item.document, text.strip()) for text in item.selected),
        )
        for item in held.questions
    )
    return AskedSet("clapnq", questions, tuple(held.documents))


def clapnq_sentences() -> Callable[[Document], list[Span]]:
    """Cuts a ClapNQ passage into the sentences people chose from."""
    given = {item.document: item.sentences for item in clapnq().questions}

    def cut(document: Document) -> list[Span]:
        spans, begin = [], 0
        for text in given[document.id]:
            start = document.text.index(text.strip(), begin)
            begin = start + len(text.strip())
            spans.append((start, begin))
        return spans

    return cut


def chunking_asked() -> AskedSet:
    """The chunking set with its places as gold passages."""
    held = chunking()
    questions = tuple(
        Asked(
            id=f"c{number:03}",
            question=text,
            answerable=True,
            passages=tuple(Gold(g.document, start=g.start, end=g.end) for g in gold),
            evidence=dict.fromkeys((g.document for g in gold), 1),
        )
        for number, (text, gold) in enumerate(zip(held.questions, held.gold, strict=True), 1)
    )
    return AskedSet("chunking", questions, tuple(held.documents))


def scifact_asked() -> AskedSet:
    """SciFact, its training claims as questions of which only the abstracts are known."""
    documents, claims, relevance = scifact()
    questions = tuple(
        Asked(id=name, question=claim, evidence=relevance[name]) for name, claim in claims.items()
    )
    return AskedSet("scifact", questions, tuple(documents))


def news_asked(name: str) -> AskedSet:
    """The invented news of tests/data: "affairs" or "stories" to choose on, "unseen" to report."""
    folder = HERE.parent / "data" / name
    asked = read_questions(folder / "questions.jsonl")
    documents = tuple(
        one
        for path in sorted((folder / "documents").glob("*.md"))
        for one in read_file(path, path.name)
    )
    return AskedSet(name, asked.questions, documents)


def unseen_asked() -> AskedSet:
    """The invented news that nothing is chosen by."""
    return news_asked("unseen")


def sample_asked() -> AskedSet:
    """The gold questions of the shipped corpus, with its documents."""
    asked = read_questions(CORPUS / "questions.jsonl")
    folder = CORPUS / "documents"
    documents = tuple(
        one for path in sorted(folder.glob("*.md")) for one in read_file(path, path.name)
    )
    return AskedSet("sample", asked.questions, documents)


def seed_asked() -> AskedSet:
    """The article the project began with, asked the questions of the sample; gold left out."""
    path = next((DATA / "seed").glob("*.txt"))
    questions = tuple(
        Asked(id=item.id, question=item.question, history=item.history)
        for item in sample_asked().questions
    )
    return AskedSet("seed", questions, tuple(read_file(path, path.name)))
