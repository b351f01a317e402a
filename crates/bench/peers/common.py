"""What every peer shares: the columns of a log, and how a peer says what it found and took."""

import json
import math
import sys
from pathlib import Path

ATTRIBUTES = ["race", "age_band", "payer", "language", "unit"]
COLUMNS = ["outcome", "score", "time", *ATTRIBUTES]
MONTHS = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
THRESHOLDS = [0.1, 0.2]
# Bins of the score: about 64 thousand, such that the thresholds fall between two of them.
BINS = 65_000


def cell(period, attribute, level, n, events, measures=None):
    """The counts of one cell; `None` stands for all time and for everyone."""
    numbers = {name: float(value) for name, value in (measures or {}).items()}
    return {
        "period": period,
        "attribute": attribute,
        "level": level,
        "n": int(n),
        "events": int(events),
        "measures": {name: value for name, value in numbers.items() if math.isfinite(value)},
    }


def peak_rss():
    """The most memory that this process held at any time, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def found(seconds, peak, rows, cells=()):
    """Prints what a peer found and took."""
    result = {"seconds": seconds, "peak_rss": peak, "rows": int(rows), "cells": list(cells)}
    json.dump(result, sys.stdout)
