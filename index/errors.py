"""The error tree of both packages: what is wrong with the world, and the cure.

A caller's mistake (a negative k, an empty question) raises ValueError instead.
"""


class AssistantError(Exception):
    """Root of every error this project raises about the state of the world."""


class StoreNotFound(AssistantError):
    """There is no index where one was asked for."""


class StoreMismatch(AssistantError):
    """The index was built by another model, splitter or store format than the one in use."""


class StoreBusy(AssistantError):
    """Another process is writing to the index."""


class StoreUnreachable(AssistantError):
    """The Chroma store or server did not answer as it should."""


class StoreFull(AssistantError):
    """There is no space left to write the index; the old one still serves."""


class IndexDamaged(AssistantError):
    """What is derived from the store is broken; it can be made again."""


class DocumentNotFound(AssistantError):
    """The index holds no document of that id."""


class ModelUnavailable(AssistantError):
    """An embedding or chat model cannot be loaded."""


class UnreadableDocument(AssistantError):
    """A file cannot be turned into a document; the message says why."""


class PortTaken(AssistantError):
    """The chat page cannot be served on the port asked for."""


class UnreadableQuestions(AssistantError):
    """A question set cannot be read; the message names file, line and field."""


class ExtraMissing(AssistantError):
    """An optional library is not installed; the message holds the pip line."""


class RunMismatch(AssistantError):
    """A finished evaluation is not there, is cut off, or does not fit what is asked of it."""


class FeedbackUnwritten(AssistantError):
    """What a person said of an answer could not be kept."""


class ClusterUnreachable(AssistantError):
    """The Ray cluster cannot be reached, or failed."""


class ClusterMismatch(AssistantError):
    """A node of the Ray cluster would not make the same passages and vectors as this machine."""
