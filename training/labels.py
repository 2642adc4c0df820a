"""Which blocks of a page are its article: blocks aligned with the gold text, word by word.

A block of three words or more is article where most of its word trigrams stand in the gold; a shorter one only where the gold has
its words between what its neighbours matched. A passage of the gold is claimed once: where a page repeats it (a teaser of itself, a
second layout for phones), the copy whose neighbours match too wins.
"""
import re
from collections import defaultdict

WORD = re.compile(r"\w+")


def words_of(text):
    return WORD.findall(text.lower())


def label(blocks, gold_text):
    """The share of each block that is article, 0 to 1, for blocks given as lists of words."""
    gold = words_of(gold_text)
    at = defaultdict(list)
    for i in range(len(gold) - 2):
        at[tuple(gold[i:i + 3])].append(i)
    share, start, end = [0.0] * len(blocks), [None] * len(blocks), [None] * len(blocks)
    last = 0
    for n, words in enumerate(blocks):
        if len(words) < 3:
            continue
        hits = [at.get(tuple(words[i:i + 3])) for i in range(len(words) - 2)]
        found = [h for h in hits if h]
        share[n] = len(found) / len(hits)
        if share[n] >= 0.5:
            # The place in the gold nearest after what was matched before.
            places = found[0]
            place = min(places, key=lambda p: (abs(p - last)))
            start[n], end[n] = place, min(len(gold), place + len(words))
            last = end[n]
    drop_copies(blocks, share, start, end)
    for n, words in enumerate(blocks):
        if 0 < len(words) < 3:
            share[n] = float(fits_between(n, words, gold, start, end))
    return share


def drop_copies(blocks, share, start, end):
    claims = defaultdict(list)
    for n, s in enumerate(start):
        if s is not None:
            claims[s].append(n)
    for same in claims.values():
        if len(same) < 2:
            continue

        def company(n):
            near = range(max(0, n - 4), min(len(blocks), n + 5))
            return sum(len(blocks[m]) for m in near if m not in same and share[m] >= 0.5)

        keep = max(same, key=company)
        for n in same:
            if n != keep:
                share[n], start[n], end[n] = 0.0, None, None


def fits_between(n, words, gold, start, end):
    before = next((end[m] for m in range(n - 1, max(-1, n - 8), -1) if end[m] is not None), None)
    after = next((start[m] for m in range(n + 1, min(len(start), n + 8)) if start[m] is not None), None)
    if before is None and after is None:
        return False
    low = before - 1 if before is not None else max(0, after - 12)
    high = after if after is not None and after > low else low + 16
    window = gold[max(0, low):min(high, low + 60)]
    return any(window[i:i + len(words)] == words for i in range(len(window) - len(words) + 1))
