"""What `assistant evaluate`, `questions draft` and `feedback export` are told. Runs none."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from assistant.settings import Settings


def evaluate_options(made: argparse.ArgumentParser) -> None:
    """Add the options of `assistant evaluate`, all but those every command has."""
    made.add_argument(
        "questions", help="a .jsonl, .csv (question,answer) or SQuAD .json file, or a BEIR folder"
    )
    made.add_argument(
        "--documents", metavar="FOLDER", help="ask an index made of this folder, not the store's"
    )
    # Told apart from a store that was asked for, which a set's own documents must not replace.
    made.set_defaults(store=None)
    made.add_argument("--out", metavar="FOLDER", help="where results.jsonl and report.html go")
    made.add_argument("--compare", metavar="RUN", help="the --out folder of an earlier run")
    made.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help="exit 1 when a metric is worse than this; repeatable",
    )
    made.add_argument(
        "--fail-on-loss", action="store_true", help="exit 1 on a significant loss to --compare"
    )
    made.add_argument(
        "--judge", metavar="MODEL", help="let a chat model judge too, apart: ollama:qwen3"
    )


def draft_command(
    commands: Any,  # noqa: ANN401 - argparse does not name its type
    settings: Settings,
    run: Callable[[argparse.Namespace], int],
) -> None:
    """Add `assistant questions draft`."""
    group = commands.add_parser("questions", help="Make question sets.").add_subparsers(
        required=True, metavar="COMMAND"
    )
    help_ = "Propose questions about a folder of documents, for a person to edit."
    made = group.add_parser("draft", help=help_, description=help_)
    made.add_argument("folder", nargs="?", default=settings.documents, help="%(default)s")
    made.add_argument("-n", type=int, default=30, help="how many at most (%(default)s)")
    made.add_argument("--out", metavar="FILE", help="write there instead of printing")
    made.set_defaults(run=run)


def feedback_command(
    commands: Any,  # noqa: ANN401 - argparse does not name its type
    settings: Settings,
    run: Callable[[argparse.Namespace], int],
) -> None:
    """Add `assistant feedback export`."""
    group = commands.add_parser("feedback", help="What people said of answers.").add_subparsers(
        required=True, metavar="COMMAND"
    )
    help_ = "Turn the page's feedback into a question set for `assistant evaluate`."
    made = group.add_parser("export", help=help_, description=help_)
    made.add_argument("--store", default=settings.store, help="the index it is about")
    made.add_argument("--out", metavar="FILE", help="write there instead of printing")
    made.set_defaults(run=run)
