"""What words alone say of a block: a linear model over hashed words and pairs of words, kept as a table of small whole numbers.

The entries of each block come from the crate (`block_features --words`), the table goes back to it (`src/classify/features/lexicon.rs`).
"""
import struct

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

BUCKETS = 1 << 17
# Of composed pages only what was worded for them: their prose is real articles', whatever its place.
WORDED = {"consent", "subscription", "legal", "tools", "social", "paywall", "navigation", "search", "pagination", "breadcrumb", "credit", "keywords"}


def entries(files):
    """The blocks of all sets as rows of a matrix: an entry counts one over the root of the block's entries."""
    counts, all_entries = [], []
    for file in files:
        data = np.fromfile(file, dtype="<u4")
        at = 0
        while at < len(data):
            n = int(data[at])
            counts.append(n)
            all_entries.append(data[at + 1:at + 1 + n])
            at += 1 + n
    counts = np.array(counts)
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return sp.csr_matrix((values, np.concatenate(all_entries).astype(np.int32), starts), shape=(len(counts), BUCKETS))


class Table:
    """The weights, rounded as they are stored."""

    def __init__(self, matrix, y, w, rows):
        model = LogisticRegression(C=0.3, solver="liblinear", max_iter=15, tol=0.02)
        model.fit(matrix[rows], y[rows], sample_weight=w[rows] / w[rows].mean())
        found = model.coef_[0]
        # A few weights of rare words lie far out; they are cut, so that the others keep their detail.
        self.scale = np.float32(np.quantile(np.abs(found), 0.9995) / 127)
        self.base = np.float32(model.intercept_[0])
        self.weights = np.clip(np.round(found / self.scale), -127, 127).astype(np.int8)

    def odds(self, matrix):
        return (self.base + self.scale * (matrix @ self.weights.astype(np.float32))).astype(np.float32)

    def bytes(self):
        return b"AUSLWORD" + struct.pack("<Iff", 1, self.scale, self.base) + self.weights.tobytes()


def learn(pages, matrix, y, w, fold, folds):
    """A table for each fold that has not seen the fold's sites, one that has seen all, and the odds by the former."""
    use = w > 0
    for page in pages:
        if page.composed:
            use[page.rows] &= [role in WORDED for role in page.roles]
    tables, odds = [], np.zeros(len(y), np.float32)
    for f in range(folds):
        tables.append(Table(matrix, y, w, np.flatnonzero(use & (fold != f))))
        test = np.flatnonzero(fold == f)
        odds[test] = tables[-1].odds(matrix[test])
    return tables, Table(matrix, y, w, np.flatnonzero(use)), odds
