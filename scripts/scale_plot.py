#!/usr/bin/env python3
"""Draws docs/scale.svg from docs/scale.csv: seconds of CPU against rows, both axes logarithmic, a line for each series.

`scripts/scale_plot.py`. The file has the columns series, rows, seconds and megabytes. Only the standard library.
"""

import csv
import math
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 420, 70, 190, 20, 50
COLOURS = ["#1f6feb", "#bf5700", "#2da44e", "#8250df"]


def main():
    series = {}
    with open(DOCS / "scale.csv", newline="") as file:
        for row in csv.DictReader(file):
            series.setdefault(row["series"], []).append((float(row["rows"]), float(row["seconds"])))
    points = [point for line in series.values() for point in line]
    rows = [math.floor(math.log10(min(p[0] for p in points))), math.ceil(math.log10(max(p[0] for p in points)))]
    seconds = [math.floor(math.log10(min(p[1] for p in points))), math.ceil(math.log10(max(p[1] for p in points)))]

    def at(value, ends, start, length):
        return start + (math.log10(value) - ends[0]) / (ends[1] - ends[0]) * length

    def x(value):
        return round(at(value, rows, LEFT, WIDTH - LEFT - RIGHT), 1)

    def y(value):
        return round(HEIGHT - BOTTOM - (at(value, seconds, 0, HEIGHT - TOP - BOTTOM)), 1)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             'font-size="13" role="img"><title>Seconds of CPU against rows</title>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for power in range(rows[0], rows[1] + 1):
        value = 10**power
        parts.append(f'<path d="M{x(value)} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/><text x="{x(value)}" '
                     f'y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:,}</text>')
    for power in range(seconds[0], seconds[1] + 1):
        value = 10.0**power
        parts.append(f'<path d="M{LEFT} {y(value)}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 8}" '
                     f'y="{y(value) + 4}" text-anchor="end">{value:g} s</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">rows</text>')
    for (name, line), colour in zip(series.items(), COLOURS):
        line.sort()
        path = " ".join(f"{x(a)},{y(b)}" for a, b in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(f'<circle cx="{x(a)}" cy="{y(b)}" r="3" fill="{colour}"/>' for a, b in line)
        last = line[-1]
        parts.append(f'<text x="{x(last[0]) + 8}" y="{y(last[1]) + 4}" fill="{colour}">{name}</text>')
    (DOCS / "scale.svg").write_text("\n".join(parts) + "\n</svg>\n")


if __name__ == "__main__":
    main()
