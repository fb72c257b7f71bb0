from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import BagOfWords
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests

from index import Document, Index
from index.retriever import IndexRetriever


class TestIndexRetriever(RetrieversIntegrationTests):
    """LangChain's own suite for retrievers."""

    @pytest.fixture(autouse=True)
    def _filled(self, tmp_path: Path) -> None:
        self.held = Index.open(tmp_path / "store", embedder=BagOfWords())
        animals = ["cat", "dog", "horse", "cow", "hen"]
        self.held.add([Document(a, f"The {a} sleeps in the {a} house.") for a in animals])

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return IndexRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.held}

    @property
    def retriever_query_example(self) -> str:
        return "Where does the dog sleep?"


def test_a_retrieved_passage_names_its_place_and_origin(index: Index) -> None:
    index.add([Document("a", "Rain fell.", "Title", "Paper")])
    found = index.as_retriever(k=1).invoke("rain")[0]
    assert found.page_content == "Rain fell."
    assert found.metadata["document_id"] == "a"
    assert (found.metadata["start"], found.metadata["end"]) == (0, 10)
    assert (found.metadata["title"], found.metadata["source"]) == ("Title", "Paper")
