"""What speed.py measured, as a table and a picture. Measures nothing."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

SYSTEMS = ("ours", "tutorial", "llamaindex", "encoding")

Round = dict[str, dict[str, float]]
"""By system, or "ask" and "cold": what one turn measured, by name."""

_PANELS = (
    ("kchar_s", "ingest, 1,000 characters a second (more is better)"),
    ("p50_ms", "search p50, ms (less is better)"),
)
_NAMES = {
    "ours": "ours",
    "tutorial": "LangChain tutorial",
    "llamaindex": "LlamaIndex",
    "encoding": "the model alone",
}
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #333 }
.ours { fill: #2a6fb0 } .other { fill: #b9c0c8 } .spread { stroke: #333 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .ours { fill: #5ba3e6 } .other { fill: #59626c } .spread { stroke: #ddd }
}
"""


def _spread(values: Sequence[float], digits: int = 2) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def table(rounds: Sequence[Round]) -> str:
    """The figures as Markdown."""
    names = {
        "kchar_s": "ingest, 1,000 characters a second",
        "p50_ms": "search p50, ms",
        "p95_ms": "search p95, ms",
        "peak_mb": "largest memory, MB",
        "disk_kb": "disk, kB",
    }
    lines = ["| | " + " | ".join(SYSTEMS) + " |", "|---|" + "---:|" * len(SYSTEMS)]
    for key, name in names.items():
        cells = [_spread([one[s][key] for one in rounds], 1) for s in SYSTEMS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    ratios = {
        "ingest, ours to the tutorial": ("ours", "kchar_s", "tutorial", "kchar_s"),
        "ingest, ours to LlamaIndex": ("ours", "kchar_s", "llamaindex", "kchar_s"),
        "ingest, ours to encoding alone": ("ours", "kchar_s", "encoding", "kchar_s"),
        "search p50, ours to the tutorial": ("ours", "p50_ms", "tutorial", "p50_ms"),
        "warm ask p50 to one embedding": ("ask", "ask_p50_ms", "ask", "embed_p50_ms"),
        "cold ask to the tutorial's cold search": ("cold", "cold_s", "cold", "tutorial_cold_s"),
    }
    lines += ["", "| ratio in one turn | median [least, largest] |", "|---|---:|"]
    for name, (left, top, right, bottom) in ratios.items():
        values = [one[left][top] / one[right][bottom] for one in rounds]
        lines.append(f"| {name} | {_spread(values)} |")
    for name, part, key in (
        ("warm ask p50, ms", "ask", "ask_p50_ms"),
        ("warm ask p95, ms", "ask", "ask_p95_ms"),
        ("one embedding p50, ms", "ask", "embed_p50_ms"),
        ("cold ask, s", "cold", "cold_s"),
        ("the tutorial's cold search, s", "cold", "tutorial_cold_s"),
    ):
        lines.append(f"| {name} | {_spread([one[part][key] for one in rounds])} |")
    return "\n".join(lines) + "\n"


def write_plot(file: Path, rounds: Sequence[Round]) -> None:
    """Bars of the medians, with a line from the least to the largest."""
    body = [f"<style>{_STYLE}</style>"]
    top = 0
    for key, title in _PANELS:
        found = {system: [one[system][key] for one in rounds] for system in SYSTEMS}
        width = 270 / max(max(values) for values in found.values())
        body.append(f'<text x="8" y="{top + 18}">{title}</text>')
        for place, (system, values) in enumerate(found.items()):
            y = top + 28 + 26 * place
            middle = statistics.median(values)
            kind = "ours" if system == "ours" else "other"
            body += [
                f'<text x="150" y="{y + 15}" text-anchor="end">{_NAMES[system]}</text>',
                f'<rect class="{kind}" x="158" y="{y}" width="{middle * width:.1f}" height="20"/>',
                f'<line class="spread" x1="{158 + min(values) * width:.1f}" y1="{y + 10}" '
                f'x2="{158 + max(values) * width:.1f}" y2="{y + 10}"/>',
                f'<text x="{164 + max(values) * width:.1f}" y="{y + 15}">{middle:.1f}</text>',
            ]
        top += 28 + 26 * len(SYSTEMS) + 12
    inner = "\n".join(body)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 {top}" role="img" '
        f'aria-label="Ingestion and search beside other systems">\n{inner}\n</svg>\n',
        "utf-8",
    )
