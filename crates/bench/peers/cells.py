"""DuckDB counts rows and outcomes by bin of the score, month and one attribute: no measures.

With the name of an attribute it does so for that one, otherwise for each of them.
"""

import sys
import time

import duckdb

from common import ATTRIBUTES, BINS, cell, found, peak_rss

path, attributes = sys.argv[1], sys.argv[2:] or ATTRIBUTES
connection = duckdb.connect()


def counts(attribute, *groups):
    """Rows and outcomes of each group."""
    names = ", ".join([*groups, f"date_trunc('month', time) AS month, {attribute} AS level"])
    return (
        f"SELECT {names}, count(*) AS n, sum(outcome) AS events "
        f"FROM read_parquet('{path}') GROUP BY ALL"
    )


start = time.perf_counter()
totals = []
for attribute in attributes:
    binned = counts(attribute, f"CAST(floor(score * {BINS}) AS INTEGER) AS bin")
    # The groups are summed, so that none is left out and none has to be handed over.
    query = f"SELECT sum(n), sum(events) FROM ({binned})"
    totals.append(connection.execute(query).fetchone())
seconds = time.perf_counter() - start
peak = peak_rss()
assert len(set(totals)) == 1, totals

# What was counted, in fewer groups, to be compared.
cells = []
for attribute in attributes:
    groups = connection.execute(counts(attribute)).fetchall()
    cells += [
        cell(month.strftime("%Y-%m"), attribute, level, n, events)
        for month, level, n, events in groups
    ]
    total = (sum(row[2] for row in groups), sum(row[3] for row in groups))
    assert total == totals[0], (attribute, total, totals)
found(seconds, peak, totals[0][0], cells)
