"""Figures -> inline SVG in the page's own colours. Knows no outcome and loads nothing.

Every plot names itself to a screen reader, and shows its numbers when pointed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

_WIDTH, _HEIGHT = 480, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 14, 18, 42


@dataclass(frozen=True, slots=True)
class Frame:
    """Axes: data in [0, x_most] by [0, y_most] -> pixels."""

    x_most: float = 1.0
    y_most: float = 1.0

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * value / (self.x_most or 1), 1)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / (self.y_most or 1), 1)

    def path(self, points: Sequence[Point]) -> str:
        """The points joined, as SVG writes it."""
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)


def recall_plot(points: Sequence[tuple[int, float, float, float]]) -> str:
    """Recall (value, low, high) at each depth k, depths spaced evenly."""
    frame = Frame(x_most=len(points) + 0.4)
    places = [i + 0.7 for i in range(len(points))]
    low = list(zip(places, [p[2] for p in points], strict=True))
    high = list(zip(places, [p[3] for p in points], strict=True))
    middle = list(zip(places, [p[1] for p in points], strict=True))
    parts = [
        f'<polygon class="band" points="{frame.path([*low, *reversed(high)])}"/>',
        f'<polyline class="line" points="{frame.path(middle)}"/>',
    ]
    for (k, value, down, up), place in zip(points, places, strict=True):
        x, y = frame.x(place), frame.y(value)
        parts.append(
            f'<circle class="dot" cx="{x}" cy="{y}" r="5">'
            f"<title>recall@{k}: {value:.3f} [{down:.3f}, {up:.3f}]</title></circle>"
            f'<text class="value" x="{x}" y="{y - 11}" text-anchor="middle">{value:.2f}</text>'
            f'<text class="tick" x="{x}" y="{_HEIGHT - 24}" text-anchor="middle">{k}</text>'
        )
    axes = _axes(frame, "documents looked at (k)", "recall", x_ticks=())
    return _svg("Recall by depth", axes + "".join(parts))


def risk_coverage_plot(
    coverage: Sequence[float], risk: Sequence[float], answered: float | None
) -> str:
    """Share of answers wrong by share of questions answered, and where the system itself stops."""
    frame = Frame()
    points = _thinned(list(zip(coverage, risk, strict=True)))
    floor = [(points[-1][0], 0.0), (points[0][0], 0.0)] if points else []
    body = (
        f'<polygon class="band" points="{frame.path([*points, *floor])}"/>'
        f'<polyline class="line" points="{frame.path(points)}"/>'
    )
    if answered:
        x = frame.x(answered)
        at = min(points, key=lambda point: abs(point[0] - answered))
        # On the side where there is room for its words.
        anchor, shift = ("end", -8) if answered > 0.5 else ("start", 8)
        body += (
            f'<line class="mark" x1="{x}" x2="{x}" y1="{frame.y(1)}" y2="{frame.y(0)}"/>'
            f'<circle class="dot" cx="{x}" cy="{frame.y(at[1])}" r="5"><title>answers '
            f"{answered:.0%}, of these {at[1]:.0%} wrong</title></circle>"
            f'<text class="note" x="{x + shift}" y="{frame.y(0.94)}" text-anchor="{anchor}">answers'
            f" {answered:.0%}, {at[1]:.0%} of them wrong</text>"
        )
    axes = _axes(frame, "share of questions answered, surest first", "share wrong")
    return _svg("Risk by coverage", axes + body)


def calibration_plot(bins: Sequence[tuple[int, float, float]]) -> str:
    """(count, mean confidence, share) of each bin; larger dots hold more questions."""
    frame = Frame()
    most = max((count for count, _, _ in bins), default=1)
    body = f'<polyline class="guide" points="{frame.path([(0, 0), (1, 1)])}"/>'
    body += f'<polyline class="line thin" points="{frame.path([(c, s) for _, c, s in bins])}"/>'
    for count, confidence, share in bins:
        body += (
            f'<circle class="dot" cx="{frame.x(confidence)}" cy="{frame.y(share)}" '
            f'r="{4 + 9 * (count / most) ** 0.5:.1f}"><title>{count} questions, confidence '
            f"{confidence:.2f}, answerable {share:.2f}</title></circle>"
        )
    return _svg("Calibration", _axes(frame, "confidence", "share answerable") + body)


def latency_plot(seconds: Sequence[float], median: float, slow: float) -> str:
    """A histogram of answer times, the median and the 95th percentile marked; ms on the axis."""
    # The first answer pays for loading the model; the rest should not be squeezed by it.
    most = max(min(max(seconds), 1.6 * slow), 1e-6) * 1000
    bins = 24
    counts = [0] * bins
    for value in seconds:
        counts[min(int(value * 1000 / most * bins), bins - 1)] += 1
    frame = Frame(x_most=most, y_most=max(counts) * 1.12)
    body = ""
    for i, count in enumerate(counts):
        x, right = frame.x(i * most / bins), frame.x((i + 1) * most / bins)
        if count:
            last = " or more" if i == bins - 1 and max(seconds) * 1000 > most else ""
            body += (
                f'<rect class="bar" x="{x + 0.8:.1f}" y="{frame.y(count)}" '
                f'width="{right - x - 1.6:.1f}" height="{frame.y(0) - frame.y(count):.1f}" rx="2">'
                f"<title>{count} answers in {i * most / bins:.0f}{last} ms</title></rect>"
            )
    for value, name in ((median, "median"), (slow, "95%")):
        x = frame.x(min(value * 1000, most))
        body += (
            f'<line class="mark" x1="{x}" x2="{x}" y1="{_TOP}" y2="{frame.y(0)}"/>'
            f'<text class="note" x="{x + 5}" y="{_TOP + (10 if name == "median" else 26)}">{name} '
            f"{value * 1000:.0f} ms</text>"
        )
    return _svg("Time to answer", _axes(frame, "milliseconds", "answers") + body)


def interval_bar(value: float, low: float, high: float, *, reach: float | None = None) -> str:
    """A dot and its interval on a line from 0 to 1; for differences from -reach to reach."""
    width, height = 220, 16
    least, most = (0.0, 1.0) if reach is None else (-reach, reach)

    def x(number: float) -> float:
        share = (max(least, min(most, number)) - least) / (most - least)
        return round(8 + (width - 16) * share, 1)

    zero = (
        f'<line class="mark" x1="{x(0)}" x2="{x(0)}" y1="1" y2="15"/>' if reach is not None else ""
    )
    return (
        f'<svg class="interval" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{value:.3f}, interval {low:.3f} to {high:.3f}">'
        f'<line class="rail" x1="8" x2="{width - 8}" y1="8" y2="8"/>{zero}'
        f'<line class="reach" x1="{x(low)}" x2="{x(high)}" y1="8" y2="8"/>'
        f'<circle class="dot" cx="{x(value)}" cy="8" r="4.5"/></svg>'
    )


def _axes(
    frame: Frame,
    x_name: str,
    y_name: str,
    x_ticks: Sequence[float] | None = None,
) -> str:
    left, right, bottom = frame.x(0), frame.x(frame.x_most), frame.y(0)
    body = ""
    for value in _ticks(frame.y_most):
        y = frame.y(value)
        body += (
            f'<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
            f'<text class="tick" x="{left - 8}" y="{y + 4}" text-anchor="end">{value:g}</text>'
        )
    for value in _ticks(frame.x_most) if x_ticks is None else x_ticks:
        body += (
            f'<text class="tick" x="{frame.x(value)}" y="{bottom + 18}" text-anchor="middle">'
            f"{value:g}</text>"
        )
    return (
        f'{body}<line class="axis" x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}"/>'
        f'<text class="name" x="{(left + right) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">'
        f"{escape(x_name)}</text>"
        f'<text class="name" transform="translate(14 {(_HEIGHT - _BOTTOM + _TOP) / 2}) rotate(-90)"'
        f' text-anchor="middle">{escape(y_name)}</text>'
    )


def _ticks(most: float) -> list[float]:
    """Round numbers from 0, four to six of them."""
    step = 10.0 ** len(str(int(most))) if most >= 1 else 1.0
    while most / step < 3.9:
        step = step / 2 if f"{step:e}"[0] in "15" or step >= 1e9 else step / 2.5
    return [round(i * step, 6) for i in range(int(most / step + 1e-9) + 1)]


def _thinned(points: list[Point], most: int = 240) -> list[Point]:
    """At most that many points, first and last among them; more cannot be told apart."""
    if len(points) <= most:
        return points
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def _svg(name: str, body: str) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(name)}">{body}</svg>'
    )
