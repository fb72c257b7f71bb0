"""Files -> QuestionSet: our JSONL, SQuAD 2.0 JSON, BEIR folders, CSV. Asks nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from assistant.evaluation.extras import extra
from assistant.evaluation.questions import Gold, Question, QuestionSet
from index.documents import Document
from index.errors import UnreadableQuestions

_CSV_COLUMNS = ("id", "question", "answer", "document", "as_of")


def read_questions(path: str | Path) -> QuestionSet:
    """Read a question set; what it is shows in its name.

    `.jsonl`: a question a line, as questions.schema.json says. `.json`: SQuAD 2.0, each paragraph
    a document of the set. A folder: BEIR (corpus.jsonl, queries.jsonl, qrels), its corpus the
    documents. `.csv`: columns question and answer, and if wanted id, document, as_of; an empty
    answer says that the documents are silent. Raises UnreadableQuestions with file and line.
    """
    place = Path(path)
    if place.is_dir():
        found = _beir(place)
    elif not place.is_file():
        raise UnreadableQuestions(
            f"there is no question set at {place}; give a .jsonl, .json or .csv file or a folder"
        )
    elif place.suffix == ".jsonl":
        found = QuestionSet(place.stem, tuple(_our_questions(place)))
    elif place.suffix == ".json":
        found = _squad(place)
    elif place.suffix == ".csv":
        found = QuestionSet(place.stem, tuple(_csv_questions(place)))
    else:
        raise UnreadableQuestions(
            f"{place} is no question set this reads; name it .jsonl (ours), .json (SQuAD 2.0) or "
            ".csv (question,answer), or give a BEIR folder"
        )
    if not found.questions:
        raise UnreadableQuestions(f"{place} holds no questions")
    return found


def _our_questions(path: Path) -> Iterator[Question]:
    schema = json.loads(resources.files(__package__).joinpath("questions.schema.json").read_text())
    validator = extra("jsonschema").Draft202012Validator(schema)
    best = extra("jsonschema.exceptions").best_match
    seen: dict[str, int] = {}
    for number, values in _json_lines(path):
        if error := best(validator.iter_errors(values)):
            where = ".".join(map(str, error.absolute_path))
            _fail(path, number, f"{where + ': ' if where else ''}{error.message}")
        try:
            question = Question.from_dict(values, default_id=f"line-{number}")
        except ValueError as error:
            _fail(path, number, f"as_of: {error}")
        _check(question, path, number)
        _unique(question.id, seen, path, number)
        yield question


def _check(question: Question, path: Path, number: int) -> None:
    """What a schema cannot say."""
    if question.answerable is False and (question.answers or question.passages):
        _fail(path, number, "answerable is false, yet there are answers; take one of them out")
    for gold in question.passages:
        if gold.start is not None and gold.end is not None and gold.start >= gold.end:
            _fail(path, number, f"passages: start {gold.start} is not before end {gold.end}")


def _csv_questions(path: Path) -> Iterator[Question]:
    rows = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [name.strip().casefold() for name in next(rows, [])]
        if "question" not in header:
            _fail(path, 1, f"the first line must name the columns question,answer; got {header}")
        unknown = [name for name in header if name not in _CSV_COLUMNS]
        if unknown:
            _fail(path, 1, f"unknown columns {unknown}; use {', '.join(_CSV_COLUMNS)}")
        seen: dict[str, int] = {}
        for row in rows:
            if not any(row):
                continue
            number = rows.line_num
            if len(row) != len(header):
                _fail(path, number, f"{len(row)} cells where the first line names {len(header)}")
            cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
            if not cells["question"]:
                _fail(path, number, "the question is empty")
            answer = cells.get("answer", "")
            name = cells.get("id") or f"line-{number}"
            _unique(name, seen, path, number)
            yield Question(
                id=name,
                question=cells["question"],
                answerable=bool(answer) if "answer" in cells else None,
                answers=(answer,) if answer else (),
                evidence={cells["document"]: 1} if cells.get("document") else {},
                as_of=_day(cells.get("as_of", ""), path, number),
            )
    except csv.Error as error:
        _fail(path, rows.line_num, f"not CSV: {error}")


def _squad(path: Path) -> QuestionSet:
    data = _json(_text(path), path, 0)
    documents: dict[str, Document] = {}
    questions: list[Question] = []
    try:
        for article in data["data"]:
            for number, paragraph in enumerate(article["paragraphs"]):
                name = f"{article['title']}/{number:03}"
                title = article["title"].replace("_", " ")
                documents[name] = Document(name, paragraph["context"], title)
                questions += [_squad_question(item, name) for item in paragraph["qas"]]
    except (KeyError, TypeError) as error:
        raise UnreadableQuestions(
            f"{path} is not SQuAD 2.0: {type(error).__name__} {error} in article "
            f"{len(documents) and list(documents)[-1]!r}; our own format is .jsonl"
        ) from error
    return QuestionSet(path.stem, tuple(questions), tuple(documents.values()))


def _squad_question(item: Mapping[str, Any], document: str) -> Question:
    silent = bool(item.get("is_impossible", False))
    answers = [] if silent else item["answers"]
    spans = {(a["answer_start"], a["answer_start"] + len(a["text"])): a["text"] for a in answers}
    return Question(
        id=item["id"],
        question=item["question"].strip(),
        answerable=not silent,
        answers=tuple(dict.fromkeys(answer["text"] for answer in answers)),
        evidence={} if silent else {document: 1},
        passages=tuple(Gold(document, text, *span) for span, text in spans.items()),
    )


def _beir(folder: Path) -> QuestionSet:
    corpus = folder / "corpus.jsonl"
    queries = _one(folder, "queries.jsonl", "queries*.jsonl")
    judged = _one(folder, "qrels/test.tsv", "qrels/*.tsv", "qrels*.tsv")
    documents = []
    for number, row in _json_lines(corpus):
        try:
            text = row.get("text") or row["title"]
            documents.append(Document(str(row["_id"]), text, row.get("title") or ""))
        except (KeyError, ValueError) as error:
            _fail(corpus, number, f"{error}; a BEIR document has _id, title and text")
    relevance: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_text(judged).splitlines(), start=1):
        cells = line.split("\t")
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue
        try:
            # With three columns, as BEIR has it, or four, as TREC does.
            query, document, grade = cells[0], cells[-2], int(cells[-1])
        except (IndexError, ValueError):
            _fail(judged, number, f"expected query-id, corpus-id, score by tabs; got {line!r}")
        relevance.setdefault(query, {})[document] = grade
    questions = []
    for number, row in _json_lines(queries):
        if not {"_id", "text"} <= set(row):
            _fail(queries, number, "a BEIR query has _id and text")
        name = str(row["_id"])
        if name in relevance:
            questions.append(Question(id=name, question=row["text"], evidence=relevance[name]))
    return QuestionSet(folder.resolve().name, tuple(questions), tuple(documents))


def _one(folder: Path, *patterns: str) -> Path:
    """The first file that a pattern finds; a later pattern may find one file only."""
    for pattern in patterns:
        found = sorted(folder.glob(pattern))
        if len(found) == 1:
            return found[0]
    raise UnreadableQuestions(
        f"{folder} is not a BEIR folder: it needs corpus.jsonl, queries.jsonl and qrels/test.tsv; "
        f"{patterns[0]} is missing"
    )


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    # By line feed alone: JSON strings may hold the other characters that end lines for Python.
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            values = _json(line, path, number)
            if not isinstance(values, dict):
                _fail(path, number, f"expected an object in braces; got {line[:60]!r}")
            yield number, values


def _json(text: str, path: Path, number: int) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        _fail(path, number or error.lineno, f"not JSON: {error.msg} at column {error.colno}")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableQuestions(f"{path} is missing") from error
    except UnicodeDecodeError as error:
        raise UnreadableQuestions(
            f"{path} is not UTF-8 at byte {error.start}; save it so"
        ) from error
    except OSError as error:
        raise UnreadableQuestions(f"{path} cannot be read: {error.strerror}") from error


def _day(text: str, path: Path, number: int) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        _fail(path, number, f"as_of: {text!r} is not a date; write it as 2025-04-01")


def _unique(name: str, seen: dict[str, int], path: Path, number: int) -> None:
    if (first := seen.setdefault(name, number)) != number:
        _fail(path, number, f"the id {name!r} is that of line {first} too")


def _fail(path: Path, number: int, reason: str) -> NoReturn:
    raise UnreadableQuestions(f"{path}, line {number}: {reason}")
