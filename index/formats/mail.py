"""Mail (EML), by the standard library. Knows nothing of mailboxes or other formats."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr, parsedate_to_datetime

from index.errors import UnreadableDocument
from index.formats.cleaning import clean, one_line
from index.formats.draft import Draft, check_length
from index.formats.html import page


def read_eml(raw: bytes) -> list[Draft]:
    """Who wrote to whom, then the body as plain text; what is attached is named, not read."""
    message = message_from_bytes(raw, policy=default)
    if not isinstance(message, EmailMessage) or not (
        _header(message, "From") or _header(message, "Subject")
    ):
        raise UnreadableDocument("the file is no mail: it has neither sender nor subject")
    lines = [
        f"{name}: {value}"
        for name in ("From", "To", "Cc", "Date", "Subject")
        if (value := _header(message, name))
    ]
    attached = [part.get_filename() or part.get_content_type() for part in _attachments(message)]
    if attached:
        lines.append(f"Attachments: {', '.join(map(one_line, attached))}")
    body = _body(message)
    check_length(len(body))
    if not body.strip():
        raise UnreadableDocument("the mail has no text; attachments are not read")
    name, address = parseaddr(_header(message, "From"))
    return [
        Draft(
            clean("\n\n".join([*lines, body])),
            title=_header(message, "Subject"),
            source=one_line(name or address) or None,
            published=_day(_header(message, "Date")),
        )
    ]


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(message[name] or "")
    except (MessageError, ValueError, LookupError, AttributeError, IndexError, TypeError):
        # The library parses a header when it is asked for, and fails on some broken ones.
        raw = next((v for k, v in message.raw_items() if k.casefold() == name.casefold()), "")
        return one_line(raw)


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        # An encoding nobody knows.
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if not isinstance(content, str):
        return ""
    return page(content).text if part.get_content_subtype() == "html" else content


def _attachments(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.iter_attachments() if isinstance(part, EmailMessage)]


def _day(written: str) -> date | None:
    if not written:
        return None
    try:
        return parsedate_to_datetime(written).date()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
