"""The documents page: what is held, when it was published, what was not read. Knows no Gradio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.lettering import written_date
from assistant.page.markup import button, counted, shown
from assistant.page.uploads import FOLDER, Taken, summary
from index.records import Record

SHOWN = 200
"""Documents listed at once; more are found by searching."""


def shelf_html(
    records: Sequence[Record],
    failed: Mapping[str, str],
    *,
    query: str = "",
    may_remove: bool = False,
) -> str:
    """The documents whose title, publisher, name or date hold every word of the query."""
    words = query.casefold().split()
    found = [record for record in records if all(word in _searched(record) for word in words)]
    rows = "".join(_row(record, may_remove) for record in found[:SHOWN])
    many = f"{counted(len(found), 'document')}" + (f" of {len(records):,}" if words else "")
    rest = f", the first {SHOWN} shown; search for the others" if len(found) > SHOWN else ""
    table = (
        '<table><thead><tr><th scope="col">Document</th><th scope="col">Publisher</th>'
        '<th scope="col">Published</th><th scope="col">State</th>'
        f'<th scope="col"><span class="unseen">Deeds</span></th></tr></thead><tbody>{rows}'
        "</tbody></table>"
    )
    return (
        f'<p class="aside" role="status">{many}{rest}</p>{table if found else ""}{_unread(failed)}'
    )


def upload_html(taken: Taken) -> str:
    """How far an upload is, and what became of each file that did not go in."""
    if not taken.complete:
        return (
            f'<p role="status"><label>Reading {shown(taken.name)} ({taken.done + 1} of '
            f'{taken.total}) <progress max="{taken.total}" value="{taken.done}"></progress>'
            "</label></p>"
        )
    items = "".join(
        f"<li><strong>{shown(name)}</strong>: {shown(reason)}</li>"
        for name, reason in taken.failed.items()
    )
    failed = f'<ul class="failed" role="alert">{items}</ul>' if items else ""
    return f'<p class="told" role="status">{shown(summary(taken))}</p>{failed}'


def _row(record: Record, may_remove: bool) -> str:
    name = record.document_id
    title = record.title or name
    whence = "uploaded" if name.startswith(FOLDER) and not record.origin else "from the folder"
    if not record.origin and not name.startswith(FOLDER):
        whence = "added by a program"
    read = button(title, "read", data={"id": name, "at": 0}, spoken=f"Read {title}", look="link")
    remove = (
        button("Remove", "drop", data={"id": name}, spoken=f"Remove {title}") if may_remove else ""
    )
    day = written_date(record.published, record.published_precision)
    return (
        f"<tr><td>{read}<code>{shown(name)}</code></td><td>{shown(record.source or 'unknown')}</td>"
        f"<td>{shown(day)}</td><td>{counted(record.passages, 'passage')}, {whence}</td>"
        f"<td>{remove}</td></tr>"
    )


def _unread(failed: Mapping[str, str]) -> str:
    if not failed:
        return ""
    items = "".join(
        f"<li><strong>{shown(name)}</strong>: {shown(reason)}</li>"
        for name, reason in list(failed.items())[:SHOWN]
    )
    return f'<h3>Not read at the last sync</h3><ul class="failed">{items}</ul>'


def _searched(record: Record) -> str:
    day = written_date(record.published, record.published_precision)
    iso = record.published.isoformat() if record.published else ""
    parts = (record.title, record.source or "", record.document_id, day, iso)
    return " ".join(parts).casefold()
