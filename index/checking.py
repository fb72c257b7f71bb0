"""Whether what lies in an index fits together, and how it is mended. Knows nothing of search."""

from __future__ import annotations

from dataclasses import dataclass

from index.lexical import differing
from index.preparing import Draft
from index.records import Contents, Record
from index.rooms import Rooms
from index.writing import Writer


@dataclass(frozen=True, slots=True)
class Findings:
    """What does not fit: documents that lost something, passages nobody owns, and all in words.

    `whole` are documents whose text is there and whose vectors are not.
    """

    broken: tuple[str, ...]
    whole: tuple[str, ...]
    stray: tuple[str, ...]
    words: tuple[str, ...]


def examine(rooms: Rooms) -> Findings:
    """Read every record, passage and vector, and compare them with each other and with BM25."""
    records = rooms.store.records()
    contents = rooms.store.contents(records.values())
    unreadable = set(rooms.store.unreadable_keys())
    broken: list[str] = []
    whole: list[str] = []
    words: list[str] = []
    for name, record in records.items():
        held = contents.get(name)
        count = len(held.passages) if held else 0
        if record.leftover or not record.version:
            words.append(f"{name}: a write was cut off; the next sync mends it")
        elif held is None or count != record.passages:
            broken.append(name)
            words.append(f"{name}: {count} of {record.passages} passages are stored")
        elif not _is_as_written(record, held):
            broken.append(name)
            words.append(f"{name}: its text is not what was written")
        elif lost := unreadable.intersection(held.keys):
            whole.append(name)
            words.append(f"{name}: {len(lost)} of {record.passages} passages have no vector")
    vouched = {key for record in records.values() for key in (*record.keys, *record.leftover_keys)}
    stray = tuple(key for key in rooms.store.keys() if key not in vouched)
    if stray:
        words.append(f"{len(stray)} passages belong to no document")
    if rooms.lexical_lost:
        words.append("the lexical index is lost or damaged; it is made again at every start")
    versions = {name: record.version for name, record in records.items() if record.version}
    gone, missing = differing(rooms.lexical.versions(), versions)
    for name in sorted(gone | missing):
        words.append(f"{name}: the lexical index holds another version of it, or none")
    return Findings(tuple(broken), tuple(whole), stray, tuple(words))


def mend(rooms: Rooms, writer: Writer, findings: Findings) -> list[str]:
    """Make everything fit again -> what was done, in words.

    A document that lost text is removed; the next sync of its folder reads it again.
    """
    done = []
    if findings.stray:
        rooms.store.remove_passages(findings.stray)
        done.append(f"removed {len(findings.stray)} passages that belonged to no document")
    if findings.whole:
        records = rooms.store.records(findings.whole)
        texts = rooms.store.contents(records.values())
        drafts = [
            Draft(record.document(texts[name].text), record.origin)
            for name, record in records.items()
        ]
        writer.delete(list(findings.whole))
        writer.write(drafts)
        done += [f"{name}: embedded again" for name in findings.whole]
    if findings.broken:
        writer.delete(list(findings.broken))
        done += [f"{name}: removed; index its folder again" for name in findings.broken]
    writer.distrust_derived()
    return done


def _is_as_written(record: Record, held: Contents) -> bool:
    return bool(held.text.strip()) and record.document(held.text).fingerprint == record.version
