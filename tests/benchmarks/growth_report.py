"""Figures of growth -> a Markdown table and an SVG plot. Measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from pathlib import Path
from typing import Any

from assistant.evaluation.plots import Frame

Row = dict[str, Any]

_STYLE = (
    "text{font:12px sans-serif;fill:#444}.grid{stroke:#ddd}.line{fill:none;stroke-width:2}"
    ".a{stroke:#0b6;fill:#0b6}.b{stroke:#06c;fill:#06c}.c{stroke:#c50;fill:#c50}"
)


def table(rows: Sequence[Row], faithful: dict[str, float]) -> str:
    """What each size costs, a column a size."""
    lines = [
        "# Growth",
        "",
        "Made by `python tests/benchmarks/growth.py`. The first "
        f"{faithful['real']:,.0f} passages are real, with the",
        "vectors of the model; the rest are recombined from them, a word in seven exchanged, with",
        "perturbed vectors (see grown.py): their cosine to what the model gives for their text is",
        f"{faithful['cosine']:.2f} on average, and to the nearest real passage theirs is "
        f"{faithful['to_nearest']:.2f},",
        f"the model's {faithful['to_nearest_model']:.2f}. Building is without embedding; searching",
        "is without embedding the question, asking with it.",
        "",
    ]
    head = ["", *(f"{row['passages']:,} passages" for row in rows)]
    lines += [_line(head), _line(["---", *["---:"] * len(rows)])]
    for name, read in _ROWS.items():
        lines.append(_line([name, *(read(row) for row in rows)]))
    for name in rows[0]["filtered_ms"]:
        lines.append(
            _line(
                [
                    f"search, {name}, p50 / p95 / processor p50",
                    *(_pair(r["filtered_ms"][name]) for r in rows),
                ]
            )
        )
        lines.append(
            _line([f"recall@10, {name}", *(f"{r['filtered_recall'][name]:.3f}" for r in rows)])
        )
    for part in rows[0]["disk_mb"]:
        lines.append(_line([f"disk, {part}", *(_each(r, r["disk_mb"].get(part, 0)) for r in rows)]))
    return "\n".join(lines) + "\n"


def write_plot(file: Path, rows: Sequence[Row]) -> None:
    """Search, ask and opening by number of passages, the axes logarithmic below."""
    sizes = [log10(row["passages"]) for row in rows]
    left, right = min(sizes), max(max(sizes), min(sizes) + 1)
    most = max(row["ask_ms"]["p50"] for row in rows) * 1.3
    frame = Frame(x_most=right - left, y_most=most)
    body = [f"<style>{_STYLE}</style>"]
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = frame.y(most * share)
        body.append(f'<line class="grid" x1="60" x2="466" y1="{y}" y2="{y}"/>')
        body.append(f'<text x="52" y="{y + 4}" text-anchor="end">{most * share:.0f}</text>')
    for size, row in zip(sizes, rows, strict=True):
        x = frame.x(size - left)
        body.append(f'<text x="{x}" y="276" text-anchor="middle">{row["passages"]:,}</text>')
    body.append('<text x="263" y="295" text-anchor="middle">passages</text>')
    drawn = (
        ("a", "vectors", lambda row: row["parts_ms"]["vectors"]["p50"]),
        ("b", "search", lambda row: row["search_ms"]["p50"]),
        ("c", "ask", lambda row: row["ask_ms"]["p50"]),
    )
    for order, (kind, name, read) in enumerate(drawn):
        points = [(size - left, read(row)) for size, row in zip(sizes, rows, strict=True)]
        body.append(f'<polyline class="line {kind}" points="{frame.path(points)}"/>')
        body += [
            f'<circle class="{kind}" cx="{frame.x(x)}" cy="{frame.y(y)}" r="4">'
            f"<title>{name}: {y:.1f} ms</title></circle>"
            for x, y in points
        ]
        body.append(f'<circle class="{kind}" cx="{80 + 130 * order}" cy="12" r="4"/>')
        body.append(f'<text x="{90 + 130 * order}" y="16">{name}, p50 ms</text>')
    inner = "\n".join(body)
    file.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 300" role="img" '
        f'aria-label="Time by number of passages">\n{inner}\n</svg>\n',
        "utf-8",
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _pair(times: dict[str, float]) -> str:
    return f"{times['p50']:.0f} / {times['p95']:.0f} / {times['processor']:.0f} ms"


def _each(row: Row, megabytes: float) -> str:
    return f"{megabytes:,.0f} MB, {1e6 * megabytes / row['passages']:,.0f} B a passage"


_ROWS = {
    "documents added": lambda r: f"{r['build']['documents']:,}",
    "build without embedding": lambda r: (
        f"{r['build']['seconds']:,.0f} s for {r['build']['passages']:,}, "
        f"{1000 * r['build']['seconds'] / r['build']['passages']:.2f} ms each"
    ),
    "processor time of that": lambda r: f"{r['build']['processor']:,.0f} s",
    "largest memory while building": lambda r: f"{r['build']['peak_mb']:,.0f} MB",
    "opening and first search": lambda r: f"{r['open_s']:.1f} s",
    "search without the model, p50 / p95 / processor p50": lambda r: _pair(r["search_ms"]),
    "search, the sizes by turns, p50 / p95 / processor p50": lambda r: _pair(r["turns_ms"]),
    "of which vectors, p50 / p95 / processor p50": lambda r: _pair(r["parts_ms"]["vectors"]),
    "of which words, p50 / p95 / processor p50": lambda r: _pair(r["parts_ms"]["words"]),
    "ask, p50 / p95 / processor p50": lambda r: _pair(r["ask_ms"]),
    "recall@10 of the vectors, 480 questions": lambda r: f"{r['recall']:.4f}",
    "memory": lambda r: _each(r, r["resident_mb"]),
    "disk": lambda r: _each(r, sum(r["disk_mb"].values())),
    "adding one document": lambda r: f"{r['add_one_s']:.1f} s",
    "load of the machine (2 cores)": lambda r: f"{r['load']:.1f}",
}
