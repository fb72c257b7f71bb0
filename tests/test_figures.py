from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.figures import figures
from assistant.polarity import same_certainty, same_polarity
from assistant.roles import misplaced, parts, swapped
from assistant.wording import missing_names, quoted_words, squeezed


@pytest.mark.parametrize(
    ("claim", "evidence", "agree"),
    [
        ("$4.3 billion", "4,300,000,000 dollars", True),
        ("$4.3 billion", "4.3bn", True),
        ("$4.3 billion", "$4.3 million", False),
        ("$50", "50 euros", False),
        ("50%", "50 percent", True),
        ("four months", "4 months", True),
        ("four months", "four years", False),
        ("March 13, 2025", "13 March 2025", True),
        ("March 13, 2025", "2025-03-13", True),
        ("March 13, 2025", "March 14, 2025", False),
        ("March 2025", "March 13, 2025", True),
        ("March 13, 2025", "March 2025", False),
        ("in 2025", "March 13, 2025", True),
        ("in 2024", "March 13, 2025", False),
        ("twenty people", "20 people", True),
        ("twenty people", "twenty-five people", False),
        ("five people", "twenty-five people", False),
        ("25 people", "twenty-five people", True),
        ("25 people", "Twenty five people", True),
        ("two hundred people", "200 people", True),
        ("two people", "two hundred people", False),
        ("two hundred and fifty people", "250 people", True),
        ("two hundred thousand people", "200,000 people", True),
        ("three hundred million dollars", "$300 million", True),
        ("one hundred", "one hundred and three hundred", True),
        ("300", "one hundred and three hundred", True),
        ("one month", "four months", False),
        ("one month", "1 month", True),
    ],
)
def test_numbers_and_days_agree_however_they_are_written(
    claim: str, evidence: str, agree: bool
) -> None:
    (wanted,) = figures(claim)
    assert any(wanted.agrees(found) for found in figures(evidence)) is agree


def test_one_without_a_unit_is_a_pronoun() -> None:
    assert figures("One of them said that no one knew.") == ()


@given(st.text())
def test_figures_lie_in_their_text_and_do_not_overlap(text: str) -> None:
    end = 0
    for figure in figures(text):
        assert end <= figure.start < figure.end <= len(text)
        assert figure.agrees(figure)
        end = figure.end


@given(st.text())
def test_parts_cover_the_text_in_order(text: str) -> None:
    found = parts(text)
    assert "".join(text[start:end] for start, end in found) == text


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("Zhao paid Stone.", ["Stone"]),
        ("Marta resigned.", ["Marta"]),
        ("Prosecutors said that Zhao resigned.", []),
        ("The U.S. fined Zhao.", []),
        ("Zhao's fine was paid in March.", []),
    ],
)
def test_names_that_the_evidence_lacks_are_found_at_the_start_too(
    sentence: str, missing: list[str]
) -> None:
    evidence = "Zhao was fined in the United States in March and resigned."
    assert missing_names(sentence, evidence) == missing


def test_quoted_words_are_compared_letter_by_letter_but_for_how_marks_are_drawn() -> None:
    (words,) = quoted_words('He wrote that it "doesn\'t make you a disruptor."')
    assert squeezed(words) in squeezed("technology “doesn’t make  you a disruptor” at all")
    assert squeezed(words) not in squeezed("technology “does not make you a disruptor” at all")


@pytest.mark.parametrize(
    ("sentence", "quoted"),
    [
        ("Zhao wrote 'no felon would mind' on X.", ["no felon would mind"]),
        ("Zhao wrote ‘all felons’ on X.", ["all felons"]),
        ("Zhao wrote „no felon“ and „never”.", ["no felon", "never"]),
        ("He said 'I don't mind Binance's fine', and left.", ["I don't mind Binance's fine"]),
        ("('Never,' he said.)", ["Never,"]),
        ("The '90s firms' loss, 'so he says', was big.", ["so he says"]),
        ("Zhao's lawyers' fees weren't paid by Binance's owners' firm.", []),
        ("The workers’ union and players’ reps said ’tis over.", []),
        ("Rock 'n' roll of the '60s and '70s' charts.", []),
        ('He called it "the firms\' loss" and left.', ["the firms' loss"]),
    ],
)
def test_quotations_are_told_from_apostrophes(sentence: str, quoted: list[str]) -> None:
    assert quoted_words(sentence) == quoted


def test_a_denial_is_neither_lost_nor_added() -> None:
    said = ["Zhao denied that he had asked the President for a pardon."]
    assert not same_polarity("Zhao had asked the President for a pardon.", said)
    assert same_polarity("Zhao denied that he had asked for a pardon.", said)
    assert not same_polarity("Zhao did not resign.", ["Zhao resigned in 2023."])


def test_what_might_be_is_not_said_to_be() -> None:
    said = ["The pardon could let Binance re-enter the United States."]
    assert not same_certainty("The pardon lets Binance re-enter the United States.", said)
    assert same_certainty("The pardon may let Binance re-enter the United States.", said)


def test_doer_and_done_to_are_not_exchanged() -> None:
    said = ["Roger Ver paid Roger Stone a large sum."]
    assert swapped("Stone paid Ver a large sum.", said)
    assert not swapped("Ver paid Stone a large sum.", said)
    assert not swapped("Stone was paid by Ver.", said)


def test_a_figure_keeps_the_name_beside_it() -> None:
    said = ["Binance was to pay FinCEN $3.4 billion and OFAC $968 million."]
    assert misplaced("Binance was to pay OFAC $3.4 billion.", said)
    assert not misplaced("Binance was to pay FinCEN $3.4 billion.", said)
