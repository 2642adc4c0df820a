"""Trains the body model and measures it by cross-validation over sites.

usage: train.py --sets DIR [--work DIR] [--cv] [--composed N] [--rounds N] [--out DIR]

--sets DIR      holds wcxb-dev/, fundus-dev/, trafilatura-dev/ (each gold.jsonl and pages/)
--cv            report figures on pages of sites held out (5 folds), instead of training on everything
--composed N    add N composed pages (compose.py)
--out DIR       where the weights go (config/models)

Features come from the crate itself (`cargo run --release --example block_features`), so that training and extraction can't differ.
"""
import argparse
import json
import re
import shutil
import statistics as st
import struct
import subprocess
import zlib
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import lightgbm as lgb
import numpy as np

from labels import label, words_of

ROOT = Path(__file__).resolve().parent.parent
SETS = ["wcxb-dev", "fundus-dev", "trafilatura-dev"]
FOLDS = 5
TEXT_ROLES = {"lead", "body", "subheading", "list_item", "quote", "code", "table"}
PARAMS = dict(objective="binary", learning_rate=0.08, num_leaves=31, min_data_in_leaf=40, feature_fraction=0.4,
              bagging_fraction=0.7, bagging_freq=1, lambda_l2=2.0, max_bin=63, num_threads=2, seed=7, verbose=-1,
              deterministic=True, force_row_wise=True)


class Page:
    """A page of a set: its blocks' words, its labels where it has gold text, and where its rows stand."""

    def __init__(self, name, row, gold, start):
        self.set, self.gold = name, gold
        self.texts = [b["text"] for b in row["blocks"]]
        self.words = [words_of(t) for t in self.texts]
        self.rows = slice(start, start + len(self.texts))
        self.composed = "blocks" in gold
        if self.composed:
            self.y = np.array([role in TEXT_ROLES for role in roles_of(self.words, gold["blocks"])], float)
        else:
            self.y = np.array(label(self.words, gold["text"])) if gold.get("text") else None
        self.reference = Counter(words_of(gold.get("text") or ""))
        self.site = site_of(gold.get("site") or gold.get("url") or gold["id"])
        self.fold = zlib.crc32(self.site.encode()) % FOLDS


def roles_of(blocks, gold):
    """The gold role of each block: gold and blocks run in the same order, but either may have joined what the other keeps apart."""
    wanted = [(words_of(g["text"]), g["role"]) for g in gold]
    roles, at = [], 0
    for words in blocks:
        found = next((n for n in range(at, min(at + 12, len(wanted))) if alike(words, wanted[n][0])), None)
        if found is not None:
            at = found + (words[-3:] == wanted[found][0][-3:])
            roles.append(wanted[found][1])
        else:
            roles.append("other")
    return roles


def alike(words, wanted):
    """Whether one begins or ends with the other."""
    n = min(len(words), len(wanted))
    return n > 0 and (words == wanted or n > 2 and (words[:n] == wanted[:n] or words[-n:] == wanted[-n:]))


def site_of(url):
    host = (urlsplit(url).hostname or url).split(".")
    country = len(host) > 2 and len(host[-1]) == 2 and len(host[-2]) <= 3
    return ".".join(host[-3:] if country else host[-2:])


def build(work):
    """Builds the program that computes features, and keeps a copy, so that one run uses one state of the code."""
    subprocess.run(["cargo", "build", "-q", "--release", "--example", "block_features"], cwd=ROOT, check=True)
    target = Path(json.loads(subprocess.run(["cargo", "metadata", "--no-deps", "--format-version=1"], cwd=ROOT, check=True,
                                            capture_output=True).stdout)["target_directory"])
    shutil.copy(target / "release" / "examples" / "block_features", work / "block_features")


def features(folder, out, *flags):
    """Runs the crate over a set; returns the rows and the column names."""
    subprocess.run([str(out.parent / "block_features"), str(folder), str(out), *flags], check=True)
    names = Path(f"{out}.names").read_text().split("\n")
    return np.fromfile(f"{out}.f32", dtype="<f4").reshape(-1, len(names)), names


def read_pages(folder, out, start):
    golds = {}
    for line in open(folder / "gold.jsonl", encoding="utf-8"):
        gold = json.loads(line)
        golds[gold["id"]] = gold
    pages = []
    for line in open(f"{out}.jsonl", encoding="utf-8"):
        row = json.loads(line)
        pages.append(Page(folder.name, row, golds[row["id"]], start))
        start = pages[-1].rows.stop
    return pages


def weights(pages, n, composed_weight):
    """Long blocks count more, as they do in the score; every page counts about as the root of its length."""
    y, w = np.zeros(n), np.zeros(n)
    for p in pages:
        if p.y is None or not p.texts:
            continue
        y[p.rows] = p.y >= 0.5
        length = np.array([len(t) for t in p.texts], float) ** 0.6
        w[p.rows] = length / length.sum() * np.sqrt(len(p.texts)) * (composed_weight if p.composed else 1.0)
    return y, w


def fit(x, y, w, chars, rounds):
    """Trains on a sample: of the many short blocks (menus, link lists) a part, each counting the more."""
    keep = np.minimum(1.0, 0.25 + chars / 120.0)
    rows = np.flatnonzero((w > 0) & (np.random.default_rng(7).random(len(w)) < keep))
    return lgb.train(PARAMS, lgb.Dataset(x[rows], y[rows], weight=w[rows] / keep[rows]), rounds)


def held_out(x, y, w, chars, fold, rounds, views):
    """Predictions for each fold of each view, by a model that has not seen the fold's sites."""
    out = [np.zeros(len(y)) for _ in views]
    for f in range(FOLDS):
        train = fold != f
        model = fit(x[train], y[train], w[train], chars[train], rounds)
        for p, view in zip(out, views):
            p[~train] = model.predict(view[~train])
    return out


def context(folders, outs, counts, first):
    """The second stage's columns, computed by the crate from the first stage's predictions."""
    parts, at = [], 0
    for folder, out, count in zip(folders, outs, counts):
        first[at:at + count].astype("<f4").tofile(f"{out}.first")
        at += count
        part, names = features(folder, out.parent / f"{out.name}.second", "--first", f"{out}.first")
        parts.append(part)
    return np.concatenate(parts), names


def word_f1(page, keep):
    got = Counter(w for words, k in zip(page.words, keep) if k for w in words)
    if not got or not page.reference:
        return float(not got and not page.reference)
    hit = sum((got & page.reference).values())
    return 2 * hit / (sum(got.values()) + sum(page.reference.values()))


def report(pages, p, threshold, title):
    scores, seg = defaultdict(list), [0, 0, 0]
    for page in pages:
        keep = p[page.rows] >= threshold
        if page.composed:
            scores["composed"].append(word_f1(page, keep))
        elif page.gold.get("text"):
            scores[page.set].append(word_f1(page, keep))
            scores[f"{page.set}:{page.gold.get('type')}"].append(scores[page.set][-1])
            if page.set == "fundus-dev" and page.site.rsplit(".", 1)[-1] in ("de", "at", "ch"):
                scores["fundus-dev:de"].append(scores[page.set][-1])
        if page.set == "trafilatura-dev":
            flat = squeeze("\n".join(t for t, k in zip(page.texts, keep) if k))
            hits = [squeeze(s) in flat for s in page.gold.get("with") or []]
            seg[0] += sum(hits)
            seg[1] += sum(squeeze(s) in flat for s in page.gold.get("without") or [])
            seg[2] += len(hits) - sum(hits)
    segf = 2 * seg[0] / max(1, 2 * seg[0] + seg[1] + seg[2])
    print(f"{title} @{threshold}: " + " ".join(f"{k}={st.mean(v):.4f}" for k, v in sorted(scores.items())) + f" segF={segf:.4f}",
          flush=True)


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def columns_hash(names):
    h = 0xcbf29ce484222325
    for byte in "\n".join(names).encode():
        h = (h ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return h


def export(model, names, path):
    """Writes the weights in the format of src/classify/trees.rs."""
    out = [b"AUSLTREE", struct.pack("<IQIfI", 1, columns_hash(names), len(names), 0.0, model.num_trees())]
    for tree in model.dump_model()["tree_info"]:
        nodes = []

        def walk(node):
            at = len(nodes)
            if "leaf_value" in node:
                nodes.append((0xFFFF, 0, node["leaf_value"]))
                return
            nodes.append(None)
            walk(node["left_child"])
            greater = len(nodes)
            walk(node["right_child"])
            # The largest f32 that is not above the threshold splits f32 columns as the f64 threshold does.
            limit = np.float32(node["threshold"])
            if float(limit) > node["threshold"]:
                limit = np.nextafter(limit, np.float32(-np.inf))
            nodes[at] = (node["split_feature"], greater, limit)

        walk(tree["tree_structure"])
        out.append(struct.pack("<I", len(nodes)))
        out += [struct.pack("<HHf", *node) for node in nodes]
    path.write_bytes(b"".join(out))
    print(f"{path.name}: {path.stat().st_size} bytes, {model.num_trees()} trees")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--sets", type=Path, required=True)
    args.add_argument("--work", type=Path, default=ROOT / "training" / "sets")
    args.add_argument("--out", type=Path, default=ROOT / "config" / "models")
    args.add_argument("--cv", action="store_true")
    args.add_argument("--composed", type=Path, help="a folder of composed pages (compose.py)")
    args.add_argument("--composed-weight", type=float, default=0.5)
    args.add_argument("--rounds", type=int, default=200)
    args = args.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    build(args.work)
    folders = [args.sets.resolve() / name for name in SETS] + ([args.composed.resolve()] if args.composed else [])

    # Some pages without class names and ids, so that the model also holds where names are hashed.
    views, outs, counts = [], [], []
    for flags in ([], ["--blind-names"]):
        parts, pages = [], []
        for folder in folders:
            out = args.work.resolve() / folder.name
            part, names = features(folder, out, *flags)
            pages += read_pages(folder, out, sum(map(len, parts)))
            parts.append(part)
        views.append(np.concatenate(parts))
    outs, counts = [args.work.resolve() / f.name for f in folders], [len(p) for p in parts]
    named, blind = views
    n = len(named)
    y, w = weights(pages, n, args.composed_weight)
    fold, chars, x = np.zeros(n, int), np.zeros(n), named.copy()
    for p in pages:
        fold[p.rows] = p.fold
        chars[p.rows] = [len(t) for t in p.texts]
        if zlib.crc32(p.gold["id"].encode()) % 3 == 0:
            x[p.rows] = blind[p.rows]
    print(f"{len(pages)} pages, {n} blocks, {x.shape[1]} columns", flush=True)

    views = [x, named, blind] if args.cv else [x]
    firsts = held_out(x, y, w, chars, fold, args.rounds, views)
    if args.cv:
        report(pages, firsts[1], 0.5, "first stage")
    contexts = [context(folders, outs, counts, first) for first in firsts]
    names2 = names + contexts[0][1]
    seconds = [np.concatenate([view, more], axis=1) for view, (more, _) in zip(views, contexts)]
    if args.cv:
        second = held_out(seconds[0], y, w, chars, fold, args.rounds, seconds[1:])
        for threshold in (0.35, 0.4, 0.45, 0.5, 0.55):
            report(pages, second[0], threshold, "second stage")
        report(pages, second[1], 0.45, "second stage, names hidden")
        np.save(args.work / "second.npy", second[0])
        return
    args.out.mkdir(parents=True, exist_ok=True)
    export(fit(x, y, w, chars, args.rounds), names, args.out / "body-1.trees")
    export(fit(seconds[0], y, w, chars, args.rounds), names2, args.out / "body-2.trees")


if __name__ == "__main__":
    main()
