"""provisional"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.chain import Reading
from assistant.citing import Quote
from index.documents import Hit
from index.embedding import Embedder
from index.splitting import sentences


class ExtractiveReader:
    """provisional"""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        quotes = [
            Quote(
                h.passage.document_id, h.passage.start + a, h.passage.start + b, h.passage.text[a:b]
            )
            for h in hits
            for a, b in sentences(h.passage.text)
        ]
        if not quotes:
            return Reading((), 0.0, False)
        S = self._embedder.embed_documents([q.text for q in quotes]) @ self._embedder.embed_query(
            question
        )
        o = S.argsort()[::-1][:3]
        return Reading(
            tuple(quotes[i] for i in o if S[i] > S[o[0]] - 0.1), float(S[o[0]]), bool(S[o[0]] > 0.4)
        )
