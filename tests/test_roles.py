"""Who and when: what stands in a sentence, and what only stands beside it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.figures import figures
from assistant.roles import company

SENTENCES = ("Changpeng Zhao was sentenced on April 30, 2024.", "Acme bought Globex.")


def borne_out(claim: str, sentences: tuple[str, ...] = SENTENCES) -> bool:
    """By a report of Bloomberg's of May 2, 2024."""
    return all(fit for _, fit in company(claim, sentences, "Bloomberg", figures("2024-05-02")))


@pytest.mark.parametrize(
    ("claim", "fine"),
    [
        ("Zhao was sentenced on April 30, 2024.", True),
        ("Zhao was sentenced on May 2, 2024.", False),
        ("Zhao was later sentenced on May 2, 2024.", False),
        ("Zhao was sentenced in May 2024, Bloomberg reported.", False),
        ("Bloomberg reported that Zhao was sentenced on May 2, 2024.", False),
        ("Bloomberg reported on May 2, 2024 that Zhao was sentenced.", True),
        ("According to Bloomberg (May 2, 2024), Zhao was sentenced on April 30, 2024.", True),
        ("In its May 2, 2024 report, Bloomberg says that Zhao was sentenced.", True),
        ("On May 2, 2024, Zhao was sentenced, Bloomberg reported.", False),
        ("Bloomberg reported in May 2024 that Acme bought Globex.", True),
    ],
)
def test_the_day_of_a_report_is_not_the_day_of_what_it_reports(claim: str, fine: bool) -> None:
    assert borne_out(claim) is fine


def test_a_publisher_says_things_and_does_none_of_them() -> None:
    assert borne_out("Bloomberg said that Acme bought Globex.")
    assert not borne_out("Bloomberg bought Globex.")


def fitting(
    claim: str, sentences: Sequence[str], passages: Sequence[int] | None = None
) -> set[int]:
    ((_, fit),) = company(claim, sentences, "", (), passages=passages)
    return set(fit)


def test_a_pronoun_stands_for_those_named_last_before_it_and_for_nobody_else() -> None:
    said = ("Changpeng Zhao pleaded guilty.", "He resigned.", "Richard Teng took over.")
    assert fitting("Zhao resigned.", said) == {0, 1}
    assert fitting("Richard Teng resigned.", said) == {2}
    assert fitting("Richard Teng resigned.", (*said, "He resigned.")) == {2, 3}
    assert fitting("CZ resigned.", ("Changpeng Zhao, known as CZ, pleaded.", "He resigned.")) == {
        0,
        1,
    }


def test_a_pronoun_stands_for_nobody_of_another_passage() -> None:
    said = ("Changpeng Zhao pleaded guilty.", "He resigned.")
    assert fitting("Zhao resigned.", said, [0, 0]) == {0, 1}
    assert fitting("Zhao resigned.", said, [0, 1]) == {0}
