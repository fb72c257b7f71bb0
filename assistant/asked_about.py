"""Of what a question wants to hear whatever there is: "Tell me about Orlo". Knows no documents."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.asked import own_words
from index.words import FUNCTION_WORDS

_LONGEST = 200
_TEXTS = (
    r"(?:the\s+|these\s+|those\s+|your\s+|any\s+of\s+the(?:se)?\s+|all\s+)?"
    r"(?:articles?|briefs|corpus|data|documents?|files|library|news|papers|passages|reports?"
    r"|sources?|stories|texts?)"
)
_MENTION = (
    r"(?:mention(?:s|ed|ing)?|name[sd]?|discuss(?:es|ed)?|cover(?:s|ed)?"
    r"|(?:talk|speak|write|wrote|are|is|say\s+(?:anything|something))\s+(?:about|of|on))"
)
_ON = r"(?:about|of|on|regarding|concerning)"
_WHAT = r"(?:(?:some)?thing|anything|everything|all|more|a\s+(?:bit|little)|what)"
_FORMS = [
    re.compile(rf"\W*(?:(?:and|but|so|please|ok|okay)\W+)*{form}\s+(?P<topic>\S.*)", re.IGNORECASE)
    for form in (
        rf"(?:(?:can|could|would|will)\s+you\s+)?(?:please\s+)?(?:tell|give|show)\s+(?:me|us)\s+"
        rf"(?:{_WHAT}\s+|(?:you\s+(?:know|have|can\s+tell)|there\s+is)\s+)*{_ON}",
        rf"what\s+(?:else\s+)?(?:do|can)\s+(?:you|we)\s+(?:know|say|have|find|tell\s+(?:me|us))\s+{_ON}",
        rf"what\s+(?:else\s+)?(?:is|was|has\s+been|have\s+you)\s+"
        rf"(?:said|known|told|there|reported|written|found)\s+{_ON}",
        rf"what\s+(?:else\s+)?(?:does|do|did)\s+{_TEXTS}\s+(?:say|tell(?:\s+(?:me|us))?|know)\s+{_ON}",
        rf"(?:which|what)\s+(?:of\s+)?{_TEXTS}\s+(?:do\s+|does\s+)?{_MENTION}",
        rf"(?:do|does|did)\s+(?:any\s+of\s+)?{_TEXTS}\s+{_MENTION}",
        rf"where\s+(?:do|does|did)\s+{_TEXTS}\s+{_MENTION}",
        rf"(?:is|are)\s+there\s+{_WHAT}\s+(?:said\s+|here\s+|in\s+{_TEXTS}\s+)?{_ON}",
        rf"(?:is\s+there\s+)?(?:any|what)\s+(?:news|information|info|reports?)\s+"
        rf"(?:is\s+there\s+|are\s+there\s+|do\s+you\s+have\s+)?{_ON}",
        r"(?:is|are|was|were)(?=\s.*\smentioned\b)",
    )
]
_MENTIONED = re.compile(
    rf"\s+mentioned(?:\s+(?:anywhere|at\s+all|here|in\s+{_TEXTS}))?$", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_NAME = re.compile(r"[^\W_][\w.&'’-]*(?:\s+[^\W_][\w.&'’-]*){0,3}")


@lru_cache(4_096)
def asked_about(question: str) -> str:
    """What all is asked of, of four words at most; "" for a question that asks one thing.

    A question that is nothing but a name, with its capitals, asks for all of it.
    """
    text = own_words(question).strip().rstrip("?!. ")
    if len(text) > _LONGEST:
        return ""
    found = next((m["topic"] for form in _FORMS if (m := form.fullmatch(text))), "")
    if found:
        topic = _ARTICLE.sub("", _MENTIONED.sub("", found)).rstrip(",;: ")
    else:
        bare = _ARTICLE.sub("", text)
        topic = bare if all(word[0].isupper() for word in bare.split()) else ""
    words = topic.split()
    named = _NAME.fullmatch(topic) and FUNCTION_WORDS.isdisjoint(map(str.casefold, words))
    return topic if named else ""
