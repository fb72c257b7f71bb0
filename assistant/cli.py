"""The `assistant` command: parse, one call, print. Knows nothing of how any of it is done."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.evaluation.options import draft_command, evaluate_options, feedback_command
from assistant.server.arguments import accounts_command, server_arguments, server_options
from assistant.settings import Settings
from index.errors import AssistantError

if TYPE_CHECKING:
    from assistant.api import Assistant
    from index.api import Index
    from index.embedding import SentenceEmbedder
    from index.sync import SyncReport


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command -> exit code: 0 done, 1 the world is not as it should be, 2 wrong usage."""
    # Read when NumPy is imported, which is later. Threads that share a product as small as ours
    # gain it nothing, and then spin for a while on the cores that the model runs on.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        options = _parser(Settings.read(os.environ)).parse_args(arguments)
        code: int = options.run(options)
        return code
    except AssistantError as error:
        return _fail(error, 1)
    except ValueError as error:
        return _fail(error, 2)
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; Python would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", 1)
    except KeyboardInterrupt:
        return _fail("stopped; what was finished is kept", 130)


def _fail(error: object, code: int) -> int:
    print(f"assistant: {' '.join(str(error).split())}", file=sys.stderr)
    return code


def _index(options: argparse.Namespace) -> int:
    from assistant.indexing import index_folder, watch_folder

    report = index_folder(options, _embedder(options))
    _report(options, report)
    if options.watch:
        watch_folder(options, _embedder(options), lambda report: _report(options, report), _fail)
    return 1 if report.failed else 0


def _report(options: argparse.Namespace, report: SyncReport) -> None:
    _show(options, report, str(report))
    for name, reason in report.failed.items():
        _fail(f"{name}: {reason}", 1)


def _ask(options: argparse.Namespace) -> int:
    with _no_collecting():
        answer = _open(options).ask(options.question, as_of=options.as_of, sources=options.source)
    _show(options, answer, answer.to_plain_text())
    return 0


def _search(options: argparse.Namespace) -> int:
    from assistant.answers import hit_to_dict, hits_to_plain_text

    with _no_collecting():
        hits = _open_index(options, prepare=True).search(
            options.query, k=options.k, as_of=options.as_of, sources=options.source
        )
    if options.json:
        print(json.dumps([hit_to_dict(hit) for hit in hits], ensure_ascii=False, indent=2))
    else:
        print(hits_to_plain_text(hits))
    return 0


def _chat(options: argparse.Namespace) -> int:
    server = server_options(options)
    from assistant.server.serving import serve

    serve(_open(options), server, port=options.port, open_browser=options.browser)
    return 0


def _accounts(options: argparse.Namespace) -> int:
    from assistant.server.accounts_command import run_accounts

    print(run_accounts(options))
    return 0


def _status(options: argparse.Namespace) -> int:
    from assistant.status import status_of

    index = _open_index(options)
    if options.repair:
        for done in index.repair():
            print(done, file=sys.stderr)
    status = status_of(index)
    _show(options, status, str(status))
    return 1 if status.differences else 0


def _evaluate(options: argparse.Namespace) -> int:
    from assistant.evaluation.command import evaluate_file, index_for, judge_of, limit
    from assistant.evaluation.reading_sets import read_questions
    from assistant.progress import shown

    limits = [limit(text) for text in options.fail_under]
    asked = read_questions(options.questions)
    with shown() as progress:
        index = index_for(
            asked,
            _embedder(options),
            options.settings,
            options.store,
            options.documents,
            tell=_tell,
            progress=progress,
        )
    done = evaluate_file(
        asked,
        index,
        out=options.out,
        compare_with=options.compare,
        fail_under=limits,
        fail_on_loss=options.fail_on_loss,
        judge=judge_of(options.judge),
    )
    _show(options, done, str(done))
    for reason in done.failures:
        _tell(reason)
    return 1 if done.failures else 0


def _draft(options: argparse.Namespace) -> int:
    from assistant.evaluation.command import draft_file

    text, note = draft_file(options.folder, most=options.n, out=options.out)
    print(text, end="")
    _tell(note)
    return 0


def _feedback(options: argparse.Namespace) -> int:
    from assistant.feedback import export

    text, note = export(options.store, out=options.out)
    print(text, end="")
    _tell(note)
    return 0


def _tell(text: str) -> None:
    print(f"assistant: {text}", file=sys.stderr)


def _show(options: argparse.Namespace, result: Any, text: str) -> None:  # noqa: ANN401
    if options.json:
        print(json.dumps(result.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(text)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Collect no garbage: one question leaves little, and looking for it takes half a second.

    Importing makes most of the objects, and none of it is garbage; the most is looked for at exit.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _embedder(options: argparse.Namespace, *, prepare: bool = False) -> SentenceEmbedder:
    """The embedding model; with `prepare` it is loaded while this thread imports all the rest."""
    from index.embedding import SentenceEmbedder

    settings: Settings = options.settings
    embedder = SentenceEmbedder(
        settings.embedding_model,
        allow_download=settings.allow_download,
        backend=settings.embedding_backend,
    )
    if prepare:
        embedder.prepare()
    return embedder


def _open_index(options: argparse.Namespace, *, prepare: bool = False) -> Index:
    embedder = _embedder(options, prepare=prepare)
    from index.api import Index

    return Index.open(options.store, embedder=embedder, create=False)


def _open(options: argparse.Namespace) -> Assistant:
    index = _open_index(options, prepare=True)
    from assistant.api import Assistant
    from assistant.models import chosen_model

    settings: Settings = options.settings
    model = chosen_model(
        options.model,
        url=options.model_url,
        key=settings.model_key,
        timeout=settings.model_timeout,
    )
    return Assistant(index, model=model, unsupported=settings.unsupported)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date; write it as 2025-04-01"
        ) from None


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="assistant",
        description="Answers questions about your documents in quotes it has checked.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, help_: str) -> argparse.ArgumentParser:  # noqa: ANN401
        made = commands.add_parser(name, help=help_, description=help_)
        made.add_argument(
            "--store",
            default=settings.store,
            help="the index: a folder or the http(s) address of a Chroma server "
            f"({settings.store.replace('%', '%%')})",
        )
        made.set_defaults(run=run, settings=settings)
        return made

    made = command("index", _index, "Make the index equal a folder of documents.")
    made.add_argument("folder", nargs="?", default=settings.documents, help="%(default)s")
    made.add_argument("--rebuild", action="store_true", help="build the index from nothing")
    made.add_argument("--watch", action="store_true", help="go on following the folder")
    made.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="read and embed on a Ray cluster: auto, HOST:PORT, or local (extra ray)",
    )
    for name in ("include", "exclude"):
        made.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="PATTERN",
            help=f"gitignore pattern of files to {name}; repeatable",
        )
    _json(made)
    made = command("ask", _ask, "Answer one question from the documents.")
    made.add_argument("question")
    _filters(made)
    _model(made, settings)
    _json(made)
    made = command("search", _search, "Show the passages that match best.")
    made.add_argument("query")
    made.add_argument("-k", type=int, default=10, help="how many passages (%(default)s)")
    _filters(made)
    _json(made)
    made = command("chat", _chat, "Serve the chat page, the HTTP API and MCP.")
    made.add_argument("--port", type=int, default=settings.port, help="%(default)s")
    made.add_argument("--browser", action="store_true", help="open the page in a browser")
    server_arguments(made, settings.server)
    _model(made, settings)
    accounts_command(commands, settings.server, _accounts)
    made = command("status", _status, "Say what the index holds and whether it fits together.")
    made.add_argument("--repair", action="store_true", help="mend what does not")
    _json(made)
    made = command("evaluate", _evaluate, "Ask a set of questions and measure the answers.")
    evaluate_options(made)
    _json(made)
    draft_command(commands, settings, _draft)
    feedback_command(commands, settings, _feedback)
    return parser


def _filters(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--as-of", type=_day, metavar="YYYY-MM-DD", help="leave out what was published later"
    )
    made.add_argument(
        "--source", action="append", metavar="PUBLISHER", help="only this publisher; repeatable"
    )


def _model(made: argparse.ArgumentParser, settings: Settings) -> None:
    made.add_argument(
        "--model",
        default=settings.model,
        metavar="PROVIDER:NAME",
        help="a chat model that writes the answers, such as ollama:qwen3; none: quotes",
    )
    made.add_argument(
        "--model-url",
        default=settings.model_url,
        metavar="URL",
        help="its address; with openai:NAME, any OpenAI-compatible server",
    )


def _json(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", action="store_true", help="print JSON")
