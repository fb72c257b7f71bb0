"""One small reader per kind of file: bytes -> Drafts. Knows nothing of folders, ids or stores."""
