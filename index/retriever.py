"""The index as a LangChain retriever. Knows nothing of how search works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from index.api import Index
from index.documents import Hit


class IndexRetriever(BaseRetriever):
    """`invoke(query)` -> the k best passages as LangChain documents, best first.

    `k`, `as_of` and `sources` can be given for one call too: `invoke(query, k=3)`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = Field(default=10, ge=1)
    as_of: date | None = None
    sources: tuple[str, ...] | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        as_of: date | None = None,
        sources: Sequence[str] | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain passes its own along
    ) -> list[LangChainDocument]:
        hits = self.index.search(
            query,
            k=self.k if k is None else k,
            as_of=as_of or self.as_of,
            sources=self.sources if sources is None else sources,
        )
        return [langchain_document(hit) for hit in hits]


def langchain_document(hit: Hit) -> LangChainDocument:
    """A hit as LangChain carries it; metadata hold the origin, the offsets and the score."""
    passage = hit.passage
    return LangChainDocument(
        page_content=passage.text,
        id=f"{passage.document_id}#{passage.start}-{passage.end}",
        metadata={
            "document_id": passage.document_id,
            "start": passage.start,
            "end": passage.end,
            "page": passage.page,
            "title": passage.title,
            "source": passage.source,
            "published": passage.published.isoformat() if passage.published else None,
            "published_precision": passage.published_precision,
            "url": passage.url,
            "score": hit.score,
        },
    )
