from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from assistant import Assistant
from assistant.event_doubt import event_doubt
from assistant.events import asked_event, standing, thing_standing
from assistant.extractive import ExtractiveReader
from index import Document
from index.documents import Hit
from index.splitting import split


def verb(question: str) -> str:
    event = asked_event(question)
    return question[event.start : event.end] if event else ""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Has the bridge been opened?", "opened"),
        ("Was Mara Holt's licence revoked?", "revoked"),
        ("Did Mara Holt resign?", "resign"),
        ("Did the Council of Ash Bay dismiss Mara Holt?", "dismiss"),
        ("Did Holt's lawyer object?", "object"),
        ("When did parliament ratify the treaty?", "ratify"),
        ("How much was Holt fined?", "fined"),
        ("Has the banned driver been cleared?", "cleared"),
        ("Who replaced Mara Holt as mayor?", "replaced"),
        ("Has Holt been granted a pardon by the governor?", "pardon"),
        ("Did Holt receive an offer?", "offer"),
        ("Has the plan been granted?", "granted"),
        ("Which of the two firms bought the yard?", "bought"),
    ],
)
def test_the_event_asked_for_is_the_verb_of_a_past_question(question: str, expected: str) -> None:
    assert verb(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Did Holt ask for the licence?",
        "Does Holt have to be fined?",
        "Did Holt find that the bridge was built?",
        "What happened to Holt?",
        "Was a licence requested?",
        "Will Holt resign?",
        "Who leads the council?",
        "Where was Holt born?",
        "Did Holt have a licence?",
        "Was the bridge not opened?",
        "Did the city council approve the plan?",
        "When did the prison term of Holt end?",
        "",
        "Did?",
    ],
)
def test_asking_for_a_thing_a_state_or_the_future_is_no_event(question: str) -> None:
    assert asked_event(question) is None


def test_whether_is_told_from_when() -> None:
    whether, when = asked_event("Was Holt fined?"), asked_event("When was Holt fined?")
    assert whether is not None and whether.whether
    assert when is not None and not when.whether


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Was Holt fined?", True),
        ("Did Holt resign?", True),
        ("Has the plan been approved?", True),
        ("Did Holt agree with the council?", False),
        ("What did Holt write to the council?", False),
        ("When did the trial begin?", False),
        ("When was the work started?", False),
        ("How much did the council spend?", False),
        ("Why did Holt stop?", False),
    ],
)
def test_what_is_said_goes_on_or_is_measured_has_no_word_of_its_own(
    question: str, named: bool
) -> None:
    event = asked_event(question)
    assert event is not None
    assert event.named == named


def told(sentence: str) -> str:
    """The standing of the word between asterisks."""
    before, word, after = sentence.split("*")
    return standing(before + word + after, len(before), len(before) + len(word))


@pytest.mark.parametrize(
    "sentence",
    [
        "The council *opened* the bridge on Monday.",
        "The bridge was *opened* to traffic.",
        "Holt, who had wanted to stay, *resigned*.",
        "She managed to *open* it.",
        "The firm has agreed to *pay*.",
        "The *opening* drew thousands.",
        "They went on to *build* a second one.",
        "After he denied the charge, he was *convicted*.",
        "If it rains they stay, but the bridge was *opened*.",
        "The council gave Holt a *licence* on May 3.",
        "The bridge was in May *opened* to traffic.",
    ],
)
def test_what_took_place_is_done(sentence: str) -> None:
    assert told(sentence) == "done"


@pytest.mark.parametrize(
    "sentence",
    [
        "The council will *open* the bridge.",
        "The bridge is to be *opened* in May.",
        "The bridge may have been *opened* already.",
        "Residents demand that the bridge be *opened*.",
        "Holt must pay if she is *convicted*.",
        "The firm plans to *sell* the yard.",
        "Holt seeks a *pardon*.",
        "Her request for a *pardon* is on the desk.",
        "A possible *sale* made headlines.",
        "The *sale* talks went on for a week.",
        "Her chances of a *pardon* are small.",
        "The *opening* is set for May.",
        "The *sale* could bring two million.",
        "He spoke about *selling* the yard.",
    ],
)
def test_what_is_sought_planned_or_a_condition_is_open(sentence: str) -> None:
    assert told(sentence) == "open"


@pytest.mark.parametrize(
    "sentence",
    [
        "The bridge has not been *opened*.",
        "Holt never *resigned*.",
        "The firm refused to *pay*.",
        "The governor denied her a *pardon*.",
        "The mayor denied on Monday that the bridge had been *opened*.",
        "The firm rejected a report that it had *sold* the yard.",
    ],
)
def test_what_is_said_not_to_be_is_denied(sentence: str) -> None:
    assert told(sentence) == "denied"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The governor granted Holt a *pardon*.", "done"),
        ("Holt was given a full *pardon* on Monday.", "done"),
        ("The governor signed a *pardon* for Holt.", "done"),
        ("After the *pardon* Holt left.", "done"),
        ("The governor has *pardoned* Holt.", "done"),
        ("The governor *pardons* Holt", "done"),
        ("Holt would not mind a *pardon*.", "open"),
        ("The article about Holt and a *pardon* was wrong.", "open"),
        ("Holt applied for a *pardon*.", "open"),
        ("Holt denied that she had asked for a *pardon*.", "open"),
        ("The governor refused her a *pardon*.", "denied"),
        ("She pointed to the *pardons* of others.", None),
    ],
)
def test_a_thing_asked_for_is_given_only_where_that_is_said(
    sentence: str, expected: str | None
) -> None:
    before, word, after = sentence.split("*")
    found = thing_standing(before + word + after, len(before), len(before) + len(word))
    assert found == expected


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("On which day was the licence of Holt signed?", "licence"),
        ("Was the sale completed?", "sale"),
        ("Did Holt complete the sale of the yard?", "sale"),
        ("Has Holt opened a shop?", "shop"),
        ("Has the licence for the yard been signed?", "licence"),
        ("Had a sale been completed?", "sale"),
        ("Has the harbour master been dismissed?", ""),
        ("Was the harbour master dismissed?", ""),
        ("Did Holt sign the Ash Bay treaty?", ""),
        ("Was Holt fined?", ""),
        ("Did Holt resign?", ""),
        ("Who replaced Holt?", ""),
    ],
)
def test_the_thing_an_event_is_done_to(question: str, thing: str) -> None:
    event = asked_event(question)
    assert event is not None
    first, last = event.upon or (0, 0)
    assert question[first:last] == thing


@pytest.mark.parametrize(
    ("question", "doer"),
    [("Who replaced Holt?", True), ("When was Holt replaced?", False), ("Did Holt sign?", False)],
)
def test_whether_it_is_asked_who_did_it(question: str, doer: bool) -> None:
    event = asked_event(question)
    assert event is not None
    assert event.doer == doer


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("Did Holt ask for a licence?", "licence"),
        ("Has Holt applied for an office in Ash Bay?", "office"),
        ("Did Holt apply for a pardon?", "pardon"),
        ("Did Holt seek a pardon?", "pardon"),
    ],
)
def test_what_is_asked_for_is_to_be_spoken_of(question: str, thing: str) -> None:
    event = asked_event(question)
    assert event is not None
    assert event.sought
    assert question[event.start : event.end] == thing


DAY = date(1930, 5, 9)
OPEN = "Lawyers of Mara Holt want a fine of two years' salary if she is convicted."
DONE = "A jury convicted Mara Holt on May 9, 1930."
OTHER = "The trial of Mara Holt, the mayor of Ash Bay, began on May 3, 1930, in Ash Bay."


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    assistant = Assistant.open(tmp_path_factory.mktemp("events") / "store")
    assistant.index.add(
        [
            Document("trial", OTHER, "The trial", published=date(1930, 5, 3)),
            Document("wish", OPEN, "What is asked for", published=date(1930, 5, 4)),
            Document("verdict", DONE, "The verdict", published=DAY),
        ]
    )
    return assistant


def test_what_is_still_open_is_no_answer_to_whether_it_happened(shelf: Assistant) -> None:
    question = "Has Mara Holt been convicted?"
    before = shelf.ask(question, as_of=date(1930, 5, 8))
    after = shelf.ask(question)
    assert before.abstained
    assert not after.abstained
    assert DONE in [citation.quote for citation in after.citations]
    assert before.confidence < after.confidence


def doubt(assistant: Assistant, question: str, documents: Sequence[Document]) -> float:
    embedder = assistant.index.embedder
    hits = [Hit(passage, 0.0) for document in documents for passage in split(document)]
    return event_doubt(ExtractiveReader(embedder).candidates(question, hits))


@pytest.mark.parametrize(("day", "doubted"), [(DAY, True), (None, False)])
def test_only_dated_passages_are_doubted(shelf: Assistant, day: date | None, doubted: bool) -> None:
    documents = [Document("wish", OPEN, published=day)]
    assert (doubt(shelf, "Has Mara Holt been convicted?", documents) > 0) == doubted


def test_a_thing_sought_that_nothing_speaks_of_is_doubted(shelf: Assistant) -> None:
    spoken = Document("it", "Mara Holt wants a licence.", published=DAY)
    unspoken = Document("it", OTHER, published=DAY)
    question = "Did Mara Holt ask for a licence?"
    assert doubt(shelf, question, [unspoken]) > 0
    assert doubt(shelf, question, [unspoken, spoken]) == 0


def test_what_is_told_as_open_is_doubted_more_than_what_is_not_told(shelf: Assistant) -> None:
    question = "When was Mara Holt convicted?"
    opened, untold, done = (
        doubt(shelf, question, [Document("it", text, published=DAY)])
        for text in (OPEN, OTHER, DONE)
    )
    assert opened > untold > done == 0


def test_what_is_said_in_any_words_is_not_doubted_for_want_of_one(shelf: Assistant) -> None:
    documents = [Document("trial", OTHER, published=DAY)]
    assert doubt(shelf, "Did Mara Holt comment on the trial?", documents) == 0


def test_what_was_done_to_others_is_not_told_of_whom_the_question_names(shelf: Assistant) -> None:
    question = "Was Mara Holt convicted?"
    opening = "Mara Holt was on trial. "
    others = [Document("it", f"{opening}A jury convicted Jan Vos on Monday.", published=DAY)]
    pronoun = [Document("it", f"{opening}A jury in Ash Bay convicted her.", published=DAY)]
    unnamed = [Document("it", f"{opening}On Monday the mayor was convicted.", published=DAY)]
    assert doubt(shelf, question, others) > 0
    assert doubt(shelf, question, pronoun) == doubt(shelf, question, unnamed) == 0


def test_what_was_done_to_others_than_the_question_says_is_not_told(shelf: Assistant) -> None:
    question = "Did Judge Amadi convict Mara Holt?"
    others = [Document("it", "On Monday Judge Amadi convicted Jan Vos.", published=DAY)]
    same = [Document("it", "On Monday Judge Amadi convicted Holt.", published=DAY)]
    assert doubt(shelf, question, others) > doubt(shelf, question, same) == 0


def test_a_verb_of_several_tokens_is_known_by_its_letters(shelf: Assistant) -> None:
    documents = [Document("it", "On Monday Judge Amadi acquitted Holt.", published=DAY)]
    assert doubt(shelf, "Did Judge Amadi acquit Mara Holt?", documents) == 0


def test_without_passages_there_is_nothing_to_doubt(shelf: Assistant) -> None:
    assert doubt(shelf, "Has Mara Holt been convicted?", []) == 0


def test_what_is_done_to_a_thing_still_sought_has_not_been_done(shelf: Assistant) -> None:
    question = "On which day was the licence of Mara Holt signed?"
    whether = "Has the licence of Mara Holt been signed?"
    sought = [Document("it", "Mara Holt applied for a licence on May 3.", published=DAY)]
    given = [Document("it", "The council gave Mara Holt a licence on May 3.", published=DAY)]
    assert doubt(shelf, question, sought) > doubt(shelf, question, given) > 0
    assert doubt(shelf, whether, sought) > doubt(shelf, whether, given)


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("Mara Holt replaced the old mayor on Monday.", True),
        ("Holt had later replaced the council on Monday.", True),
        ("Jan Vos replaced Mara Holt on Monday.", False),
        ("Mara Holt was replaced by Jan Vos on Monday.", False),
    ],
)
def test_whom_it_was_done_to_did_not_do_it(shelf: Assistant, text: str, doubted: bool) -> None:
    documents = [Document("it", text, published=DAY)]
    assert (doubt(shelf, "Who replaced Mara Holt?", documents) > 0) == doubted
