"""What an index holds and whether it fits together, for a person or a program to read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from assistant.answers import without_controls

if TYPE_CHECKING:
    from index.api import Index


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of an index, and in `differences` what does not agree in it, in words."""

    location: str
    embedding_model: str
    documents: int
    passages: int
    oldest: str | None
    newest: str | None
    undated: int
    sources: tuple[str, ...]
    failed: dict[str, str]
    differences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [
            f"index      {self.location}",
            f"model      {self.embedding_model}",
            f"documents  {self.documents} ({self.undated} undated)",
            f"passages   {self.passages}",
            f"published  {self.oldest or '-'} to {self.newest or '-'}",
            f"sources    {', '.join(self.sources) or '-'}",
            "state      " + ("sound" if not self.differences else "to mend:"),
        ]
        lines += [f"  {difference}" for difference in self.differences]
        if self.failed:
            lines.append(f"not read   {len(self.failed)}, at the last sync:")
            lines += [f"  {name}: {reason}" for name, reason in self.failed.items()]
        return "\n".join(without_controls(line) for line in lines)


def status_of(index: Index) -> Status:
    """Read every record and check it against the passages stored."""
    records = index.records()
    days = sorted(record.published for record in records if record.published)
    return Status(
        location=index.location,
        embedding_model=index.embedder.name,
        documents=len(records),
        passages=sum(record.passages for record in records),
        oldest=days[0].isoformat() if days else None,
        newest=days[-1].isoformat() if days else None,
        undated=len(records) - len(days),
        sources=tuple(sorted({record.source for record in records if record.source})),
        failed=index.failures(),
        differences=tuple(index.differences()),
    )
