"""pyarrow decodes every value of a log, a batch at a time, on all cores, and counts those there.

With the word `dictionary` text is left as numbers of dictionary entries, where it is stored so.
"""

import sys
import time

import pyarrow.parquet as parquet

from common import ATTRIBUTES, COLUMNS, found, peak_rss

path, dictionary = sys.argv[1], sys.argv[2:] == ["dictionary"]
start = time.perf_counter()
counts = dict.fromkeys(COLUMNS, 0)
file = parquet.ParquetFile(path, read_dictionary=ATTRIBUTES if dictionary else [])
for batch in file.iter_batches(batch_size=1 << 16, columns=COLUMNS, use_threads=True):
    for name in COLUMNS:
        column = batch.column(name)
        counts[name] += len(column) - column.null_count
seconds = time.perf_counter() - start
rows = counts["score"]
assert set(counts.values()) == {rows}, counts
found(seconds, peak_rss(), rows)
