"""A word turned into its opposite is seen where it stands in the same place, and only there."""

from __future__ import annotations

import pytest

from assistant.opposites import turned


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Acme bought Globex after the merger talks.", "Acme bought Globex before merger talks."),
        ("After pleading guilty he left.", "He left before pleading guilty."),
        ("Binance paid under $50 million.", "Binance paid over $50 million."),
        ("Binance paid less than $50 million.", "Binance paid more than $50 million."),
        ("The largest dividend until 2010.", "The largest dividend since 2010."),
        ("Few employees must wear badges.", "All employees must wear badges."),
        ("Badges are worn outside the plant.", "Badges are worn inside the plant."),
        ("Acme sold Globex.", "Acme bought Globex."),
        ("The court acquitted Marta Kowalski.", "The court convicted Marta Kowalski of fraud."),
        ("Revenue fell 12 percent.", "Revenue rose 12 percent, while costs fell 3 percent."),
        ("Acme lost the case.", "Acme won the case."),
        ("The museum closed in 2019.", "The museum opened in 2019."),
        ("The judge rejected the plea.", "The judge accepted the plea."),
        ("Sales in the north were lower.", "Sales in the north were higher."),
    ],
)
def test_an_opposite_in_the_same_place_is_seen(claim: str, evidence: str) -> None:
    assert turned(claim, [evidence])
    assert not turned(evidence, [evidence])


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Under the deal Binance paid more than $50 million.", "Binance paid over $50 million."),
        ("Zhao resigned after he pleaded guilty.", "Zhao pleaded guilty before he resigned."),
        ("Initech sold Globex to Acme.", "Acme bought Globex from Initech."),
        ("Prosecutors lost the case.", "Zhao won the case."),
        ("Costs fell 3 percent.", "Revenue rose 12 percent, while costs fell 3 percent."),
        ("Rose Miller paid.", "The price fell, and Rose Miller paid."),
        ("Teng took over after Zhao.", "Zhao was fined under the Act. Teng took over."),
    ],
)
def test_an_opposite_elsewhere_is_none(claim: str, evidence: str) -> None:
    assert not turned(claim, [evidence])
