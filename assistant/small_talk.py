"""What is said to an assistant and asks nothing that documents could answer."""

from __future__ import annotations

import re

from assistant.asked import own_words

_LONGEST = 80
_TEXTS = r"(?:(?:the|these|my|your|all(?:\s+the)?)\s+)?(?:documents|articles|files|reports|texts)"
_COURTESY = (
    r"hi|hello|hey|greetings|good\s+(?:morning|afternoon|evening|day)|thx|please|there|everyone"
    r"|thanks?(?:\s+you)?(?:\s+(?:so|very)\s+much)?|ok(?:ay)?|cool|great|nice|bye|goodbye"
    r"|how\s+are\s+you(?:\s+doing)?|help(?:\s+me)?|test(?:ing)?|who\s+are\s+you|what\s+are\s+you"
    r"|what\s+(?:can|do)\s+(?:you|i|we)\s+(?:do|ask)(?:\s+(?:you|here))?"
    r"|how\s+(?:do|can)\s+i\s+use\s+(?:you|this|it)"
)
_OF_ALL = (
    r"how\s+(?:do|does)\s+(?:you|this|it)\s+work"
    rf"|(?:give\s+me\s+)?(?:an?\s+)?(?:summary|summari[sz]e|overview)(?:\s+of)?\s+{_TEXTS}"
    rf"|what\s+(?:is|are)\s+(?:this|these|it|{_TEXTS})\s+about"
)
_ALWAYS = re.compile(rf"(?:(?:{_COURTESY})[\s,!.?]*)+", re.IGNORECASE)
_AT_FIRST = re.compile(rf"(?:(?:{_COURTESY}|{_OF_ALL})[\s,!.?]*)+", re.IGNORECASE)
"""Once something was answered, "What is this about?" may be asked of that."""

INVITATION = (
    "Ask about something that the documents tell of: a name, an event, a figure, a day. "
    "Each answer is quoted from them."
)


def is_small_talk(question: str, *, first: bool) -> bool:
    """Whether it is a greeting, thanks, or asks of the assistant.

    The first question of a conversation may also be of all documents at once.
    """
    text = own_words(question).strip()
    forms = _AT_FIRST if first else _ALWAYS
    return len(text) <= _LONGEST and bool(forms.fullmatch(text))
