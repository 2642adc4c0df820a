"""Trains the body model and measures it by cross-validation over sites.

usage: train.py --sets DIR [--composed DIR] [--work DIR] [--teacher FILE] [--cv] [--weights] [--out DIR]

--sets DIR      holds wcxb-dev/, fundus-dev/, trafilatura-dev/ (each gold.jsonl and pages/)
--composed DIR  composed pages (compose.py)
--teacher FILE  what a model of a run before said of pages whose sites it had not seen (WORK/said.npz of --cv): labels for
                trafilatura-dev, whose gold has only a few segments of each page
--cv            figures on pages of sites held out (5 folds); WORK/folds gets the weights of each fold (examples/held_out.rs)
--weights       train on everything and write the weights to --out (config/models)

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

import words
from labels import label, words_of

ROOT = Path(__file__).resolve().parent.parent
SETS = ["wcxb-dev", "fundus-dev", "trafilatura-dev"]
FOLDS = 5
TEXT_ROLES = {"lead", "body", "subheading", "list_item", "quote", "code", "table"}
KINDS = ["article", "collection", "documentation", "forum", "listing", "product", "service"]
THREADS = 2
PARAMS = dict(objective="binary", learning_rate=0.12, num_leaves=31, min_data_in_leaf=30, feature_fraction=0.3,
              bagging_fraction=0.8, bagging_freq=1, lambda_l2=3.0, max_bin=63, num_threads=THREADS, seed=7, verbose=-1,
              deterministic=True, force_row_wise=True)
PARAMS2 = PARAMS | dict(learning_rate=0.05, num_leaves=23, lambda_l2=5.0)
PILOT = dict(num_leaves=15, learning_rate=0.2)
KIND_PARAMS = dict(objective="multiclass", num_class=len(KINDS), learning_rate=0.1, num_leaves=7, min_data_in_leaf=10, feature_fraction=0.2,
                   bagging_fraction=0.8, bagging_freq=1, lambda_l2=3.0, max_bin=31, num_threads=THREADS, seed=7, verbose=-1)
ROUNDS, ROUNDS2 = 120, 200
# Below this the first stage has the last word, as in src/classify/model.rs.
SURE = 0.01


class Page:
    """A page of a set: its blocks' words, its labels where it has gold text, and where its rows stand."""

    def __init__(self, name, row, gold, start):
        self.set, self.gold = name, gold
        self.texts = [b["text"] for b in row["blocks"]]
        self.words = [words_of(t) for t in self.texts]
        self.rows = slice(start, start + len(self.texts))
        self.composed = "blocks" in gold
        self.roles = roles_of(self.words, gold["blocks"]) if self.composed else []
        # How far each label is to be trusted.
        self.trust = np.ones(len(self.texts))
        if self.composed:
            self.y = np.array([role in TEXT_ROLES for role in self.roles], float)
        else:
            self.y = np.array(label(self.words, gold["text"])) if gold.get("text") else None
        self.reference = Counter(words_of(gold.get("text") or ""))
        self.site = site_of(gold.get("site") or gold.get("url") or gold["id"])
        self.fold = zlib.crc32(self.site.encode()) % FOLDS

    def learn_from(self, said):
        """Labels for a page whose gold is a few segments: a teacher's, as far as it was sure, overruled by the segments."""
        self.y, self.trust = (said >= 0.5).astype(float), 0.5 * np.abs(2 * said - 1)
        flat = [squeeze(text) for text in self.texts]
        for segments, label in ((self.gold.get("without"), 0.0), (self.gold.get("with"), 1.0)):
            for segment in map(squeeze, segments or []):
                for at, text in enumerate(flat):
                    # A short segment within a long block that is surely the contrary stands there by chance.
                    if segment in text and (len(text) <= 4 * len(segment) + 40 or abs(said[at] - label) < 0.7):
                        self.y[at], self.trust[at] = label, 1.5


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


def run(folder, out, *flags):
    subprocess.run([str(out.parent / "block_features"), str(folder), str(out), *flags], check=True)


def features(folder, out, *flags):
    """Runs the crate over a set; returns the rows and the column names."""
    run(folder, out, *flags)
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
    """Long blocks count more, as they do in the score; every page counts about as the root of its length. Labels are shares."""
    y, w = np.zeros(n, np.float32), np.zeros(n, np.float32)
    for p in pages:
        if p.y is None or not p.texts:
            continue
        y[p.rows] = p.y >= 0.5
        length = np.array([len(t) for t in p.texts], float) ** 0.6
        w[p.rows] = length / length.sum() * np.sqrt(len(p.texts)) * p.trust * weight_of(p, composed_weight)
    return y, w


def weight_of(page, composed_weight):
    """News are what is crawled, German ones above all, and there are few of them."""
    if page.composed:
        return composed_weight
    german = page.site.rsplit(".", 1)[-1] in ("de", "at", "ch")
    return {"fundus-dev": 1.5, "trafilatura-dev": 0.7}.get(page.set, 1.0) * (1.5 if german else 1.0)


class Sample:
    """The rows to train on: of those that a small pilot model has right for sure (menus, link lists) a part, counting the more."""

    def __init__(self, x, y, w):
        r = np.random.default_rng(7)
        known = np.flatnonzero(w > 0)
        few = known[r.random(len(known)) < 0.12]
        pilot = lgb.train(PARAMS | PILOT, lgb.Dataset(x[few], y[few], weight=w[few]), 30)
        wrong = np.zeros(len(y))
        wrong[known] = np.abs(pilot.predict(x[known]) - y[known])
        keep = np.clip(5.0 * wrong, 0.08, 1.0)
        self.rows = np.flatnonzero((w > 0) & (r.random(len(w)) < keep))
        self.y, self.w = y[self.rows], (w / keep)[self.rows]

    def among(self, rows):
        """The sample's rows that are in a mask."""
        return np.flatnonzero(rows[self.rows])


def fit(x, sample, params, rounds, part=slice(None)):
    rows = sample.rows[part]
    return lgb.train(params, lgb.Dataset(x[rows], sample.y[part], weight=sample.w[part]), rounds)


def fit_folds(x, sample, params, rounds, fold, live):
    """A model for each fold that has not seen the fold's sites, and what these say of the rows that are `live`."""
    models, out = [], np.zeros(len(fold), np.float32)
    for f in range(FOLDS):
        models.append(fit(x, sample, params, rounds, sample.among((fold != f) & live)))
        test = np.flatnonzero((fold == f) & live)
        out[test] = models[-1].predict(x[test])
        print(f"fold {f}", flush=True)
    return models, out


def fit_kinds(rows, pages, train):
    """The model of kinds of pages; only wcxb-dev has other kinds than articles."""
    kind = np.array([KINDS.index(p.gold.get("type")) if p.gold.get("type") in KINDS else 0 for p in pages])
    weight = np.array([{"wcxb-dev": 1.0, "fundus-dev": 0.5, "trafilatura-dev": 0.0}.get(p.set, 0.2) for p in pages])
    rows_in = np.flatnonzero(train & (weight > 0))
    return lgb.train(KIND_PARAMS, lgb.Dataset(rows[rows_in], kind[rows_in], weight=weight[rows_in]), 60)


def write_odds(outs, counts, odds):
    """What words say of each set's blocks, for the crate."""
    at = 0
    for out, count in zip(outs, counts):
        odds[at:at + count].astype("<f4").tofile(f"{out}.odds")
        at += count


def context(folders, outs, counts, first):
    """The second stage's columns and the pages' rows, computed by the crate from the first stage's predictions."""
    parts, pages, at = [], [], 0
    for folder, out, count in zip(folders, outs, counts):
        first[at:at + count].astype("<f4").tofile(f"{out}.first")
        at += count
        second = out.parent / f"{out.name}.second"
        part, names = features(folder, second, "--odds", f"{out}.odds", "--first", f"{out}.first")
        page_names = Path(f"{second}.pages.names").read_text().split("\n")
        parts.append(part)
        pages.append(np.fromfile(f"{second}.pages.f32", dtype="<f4").reshape(-1, len(page_names)))
    return np.concatenate(parts), names, np.concatenate(pages), page_names


def threshold_of(page, p, article):
    """The page's threshold, as in src/classify/model.rs: of articles a fixed one, else half of the F1 to be expected at best."""
    weight = np.array([len(t) for t in page.texts], float)
    order = np.argsort(-p)
    total = max((weight * p).sum(), 1e-3)
    best = (2 * np.cumsum((weight * p)[order]) / (np.cumsum(weight[order]) + total)).max() if len(p) else 0.0
    return article * 0.5 + (1 - article) * np.clip(best / 2, 0.2, 0.5)


def word_f1(page, keep):
    got = Counter(w for words, k in zip(page.words, keep) if k for w in words)
    if not got or not page.reference:
        return float(not got and not page.reference)
    hit = sum((got & page.reference).values())
    return 2 * hit / (sum(got.values()) + sum(page.reference.values()))


def report(pages, p, threshold, title, kinds=None):
    """Prints mean word F1 by set and type. Without a threshold, each page's own counts."""
    scores, seg = defaultdict(list), [0, 0, 0]
    for at, page in enumerate(pages):
        keep = p[page.rows] >= (threshold or threshold_of(page, p[page.rows], kinds[at][0]))
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
    print(f"{title} @{threshold or 'page'}: " + " ".join(f"{k}={st.mean(v):.4f}" for k, v in sorted(scores.items())) + f" segF={segf:.4f}",
          flush=True)


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def columns_hash(names):
    h = 0xcbf29ce484222325
    for byte in "\n".join(names).encode():
        h = (h ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return h


def forest(trees, names):
    """Weights in the format of src/classify/trees/file.rs."""
    out = [b"AUSLTREE", struct.pack("<IQIfI", 1, columns_hash(names), len(names), 0.0, len(trees))]
    for tree in trees:
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
    return b"".join(out)


def export(folder, table, first, kind, second, names):
    """Writes the weights: of words, of the first stage, of each kind of page, of the second stage."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "words.table").write_bytes(table.bytes())
    trees = kind.dump_model()["tree_info"]
    kinds = b"".join(forest(trees[at::len(KINDS)], names[1]) for at in range(len(KINDS)))
    for name, data in (("body-1", forest(first.dump_model()["tree_info"], names[0])), ("kind", kinds),
                       ("body-2", forest(second.dump_model()["tree_info"], names[2]))):
        (folder / f"{name}.trees").write_bytes(data)
        print(f"{folder / name}.trees: {len(data)} bytes")


def confusion(pages, kinds):
    """Which kinds of pages are taken for which."""
    table = np.zeros((len(KINDS), len(KINDS)), int)
    for page, kind in zip(pages, kinds):
        if page.set == "wcxb-dev":
            table[KINDS.index(page.gold["type"]), kind.argmax()] += 1
    print("kinds, gold by row:", *KINDS)
    print(table, f"right: {table.trace() / table.sum():.3f}", flush=True)


def teach(pages, teacher):
    if teacher:
        said = np.load(teacher)
        for page in pages:
            key = f"{page.set}/{page.gold['id']}"
            if page.y is None and key in said and len(said[key]) == len(page.texts):
                page.learn_from(said[key])


def rows(folders, outs, pages):
    """The first stage's rows: of every third page without class names and ids, so that the model holds where they are hashed."""
    parts, at = [], 0
    for folder, out in zip(folders, outs):
        part, names = features(folder, out, "--odds", f"{out}.odds")
        blind = features(folder, Path(f"{out}.blind"), "--odds", f"{out}.odds", "--blind-names")[0]
        for page in pages:
            if page.set == folder.name and zlib.crc32(page.gold["id"].encode()) % 3 == 0:
                rows = slice(page.rows.start - at, page.rows.stop - at)
                part[rows] = blind[rows]
        parts.append(part)
        at += len(part)
    return np.concatenate(parts), names


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--sets", type=Path, required=True)
    args.add_argument("--work", type=Path, default=ROOT / "training" / "sets")
    args.add_argument("--out", type=Path, default=ROOT / "config" / "models")
    args.add_argument("--cv", action="store_true", help="measure on sites held out, and write the weights of each fold")
    args.add_argument("--weights", action="store_true", help="train on everything and write the weights")
    args.add_argument("--composed", type=Path, help="a folder of composed pages (compose.py)")
    args.add_argument("--teacher", type=Path, help="said.npz of a run before")
    args.add_argument("--composed-weight", type=float, default=0.5)
    args.add_argument("--rounds", type=int, default=ROUNDS)
    args.add_argument("--rounds2", type=int, default=ROUNDS2)
    args.add_argument("--built", action="store_true", help="use the block_features that lies in --work")
    args = args.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    if not args.built:
        build(args.work)
    folders = [args.sets.resolve() / name for name in SETS] + ([args.composed.resolve()] if args.composed else [])

    outs = [args.work.resolve() / f.name for f in folders]
    pages = []
    for folder, out in zip(folders, outs):
        run(folder, out, "--words")
        pages += read_pages(folder, out, pages[-1].rows.stop if pages else 0)
    n = pages[-1].rows.stop
    teach(pages, args.teacher)
    y, w = weights(pages, n, args.composed_weight)
    fold, page_of = np.zeros(n, int), np.zeros(n, int)
    for at, p in enumerate(pages):
        fold[p.rows], page_of[p.rows] = p.fold, at
    counts = [sum(len(p.texts) for p in pages if p.set == f.name) for f in folders]
    tables, table, odds = words.learn(pages, words.entries([f"{out}.words" for out in outs]), y, w, fold, FOLDS)
    write_odds(outs, counts, odds)
    x, names = rows(folders, outs, pages)
    page_fold = np.array([p.fold for p in pages])
    sample = Sample(x, y, w)
    print(f"{len(pages)} pages, {n} blocks, {x.shape[1]} columns, {len(sample.rows)} blocks to train on", flush=True)

    firsts, p1 = fit_folds(x, sample, PARAMS, args.rounds, fold, np.ones(n, bool))
    report(pages, p1, 0.5, "first stage")
    columns, context_names, page_rows, page_names = context(folders, outs, counts, p1)
    kinds, kind_models = np.zeros((len(pages), len(KINDS)), np.float32), []
    for f in range(FOLDS):
        kind_models.append(fit_kinds(page_rows, pages, page_fold != f))
        kinds[page_fold == f] = kind_models[-1].predict(page_rows[page_fold == f])
    confusion(pages, kinds)
    x2 = np.concatenate([x, columns, kinds[page_of]], axis=1)
    all_names = (names, page_names, names + context_names + [f"kind_{kind}" for kind in KINDS])
    live = p1 >= SURE
    if args.cv:
        seconds, p2 = fit_folds(x2, sample, PARAMS2, args.rounds2, fold, live)
        p2 = np.where(live, p2, p1)
        report(pages, p2, 0.5, "second stage")
        report(pages, p2, None, "second stage", kinds)
        np.savez(args.work / "said.npz", **{f"{p.set}/{p.gold['id']}": p2[p.rows] for p in pages})
        for f in range(FOLDS):
            export(args.work / "folds" / str(f), tables[f], firsts[f], kind_models[f], seconds[f], all_names)
        lines = [f"{p.set}\t{p.gold['id']}\t{p.fold}\n" for p in pages]
        (args.work / "folds" / "folds.tsv").write_text("".join(lines))
    if args.weights:
        whole = fit_kinds(page_rows, pages, np.ones(len(pages), bool))
        export(args.out, table, fit(x, sample, PARAMS, args.rounds), whole, fit(x2, sample, PARAMS2, args.rounds2, sample.among(live)), all_names)


if __name__ == "__main__":
    main()
