"""Trains the model of parts (src/classify/parts): which block around an article is which part of a pointer or a vendor.

usage: parts.py --sets DIR --train DIR... [--test DIR...] [--weights] [--out DIR] [--rounds N]

--sets DIR    holds wcxb-dev/ and fundus-dev/: their articles' own text teaches what is no part of anything
--train DIR   composed pages (trade.py), their rows computed with `cargo run --release --example part_features DIR/set DIR/parts`
--test DIR    the same, held apart: the confusion of parts is printed
--weights     write the weights to --out (config/models)

The rows of the sets must lie in training/sets/NAME.parts.*, computed the same way.
"""
import argparse
import json
import struct
from pathlib import Path

import numpy as np
import xgboost as xgb

from labels import label, words_of
from train import ROOT, alike, columns_hash

PARTS = ["none", "head_teaser", "head_ad", "head_vendor", "title", "date", "summary", "more", "caption", "whole", "extra", "vname", "vrest"]
# One tree a round for all parts: its leaves hold a number for each.
PARAMS = dict(objective="multi:softprob", num_class=len(PARTS), multi_strategy="multi_output_tree", tree_method="hist", max_bin=64, max_depth=8,
              max_leaves=32, grow_policy="lossguide", eta=0.2, reg_lambda=3.0, min_child_weight=20, colsample_bytree=0.3, subsample=0.7, nthread=1, seed=7)


def parts_of(blocks, gold):
    """The part of each block: gold and blocks run in the same order, but either may have joined what the other keeps apart."""
    wanted = [(words_of(g["text"]), g.get("part", "none")) for g in gold]
    parts, at = [], 0
    for words in blocks:
        found = next((n for n in range(at, min(at + 12, len(wanted))) if words == wanted[n][0]), None)
        if found is None:
            found = next((n for n in range(at, min(at + 12, len(wanted))) if alike(words, wanted[n][0])), None)
        if found is not None:
            at = found + (words[-3:] == wanted[found][0][-3:])
            parts.append(PARTS.index(wanted[found][1]))
        else:
            parts.append(-1)
    return parts


def read(gold_file, out):
    names = Path(f"{out}.names").read_text().split("\n")
    x = np.fromfile(f"{out}.f32", dtype="<f4").reshape(-1, len(names))
    golds = {gold["id"]: gold for gold in map(json.loads, open(gold_file, encoding="utf-8"))}
    y = []
    for line in open(f"{out}.jsonl", encoding="utf-8"):
        row = json.loads(line)
        gold, blocks = golds[row["id"]], [words_of(text) for text in row["blocks"]]
        if "blocks" in gold:
            y += parts_of(blocks, gold["blocks"])
        elif gold.get("text") and gold.get("type", "article") == "article":
            y += [0 if share >= 0.5 else -1 for share in label(blocks, gold["text"])]
        else:
            y += [-1] * len(blocks)
    return x, np.array(y), names


def confusion(said, y):
    table = np.zeros((len(PARTS), len(PARTS)), int)
    np.add.at(table, (y, said), 1)
    print("gold by row:", *PARTS)
    for part, row in zip(PARTS, table):
        found, right = row.sum(), row[PARTS.index(part)]
        all_said = table[:, PARTS.index(part)].sum()
        print(f"{part:12} R {right / max(1, found):.3f} P {right / max(1, all_said):.3f} |", *(f"{n:5}" for n in row))


def classes(model, names):
    """Weights in the format of src/classify/trees/file.rs."""
    learner = json.loads(bytes(model.save_raw("json")))["learner"]
    base = json.loads(learner["learner_model_param"]["base_score"])
    trees = learner["gradient_booster"]["model"]["trees"]
    out = [b"AUSLCLAS", struct.pack("<IQII", 1, columns_hash(names), len(names), len(PARTS)), np.array(base, "<f4").tobytes(), struct.pack("<I", len(trees))]
    for tree in trees:
        weights = np.array(tree["leaf_weights"], "<f4").reshape(-1, len(PARTS))
        nodes, leaves = [], []

        def walk(id):
            at, less, more = len(nodes), tree["left_children"][id], tree["right_children"][id]
            if less < 0:
                nodes.append((0xFFFF, 0, 0.0))
                # The right child of a leaf is the place of its numbers.
                leaves.append(weights[more])
                return
            nodes.append(None)
            walk(less)
            # XGBoost goes left below the threshold, these trees at it or below.
            limit = np.nextafter(np.float32(tree["split_conditions"][id]), np.float32(-np.inf))
            nodes[at] = (tree["split_indices"][id], len(nodes), limit)
            walk(more)

        walk(0)
        out.append(struct.pack("<I", len(nodes)))
        out += [struct.pack("<HHf", *node) for node in nodes] + [leaf.tobytes() for leaf in leaves]
    return b"".join(out)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--sets", type=Path, required=True)
    args.add_argument("--train", type=Path, nargs="+", required=True)
    args.add_argument("--test", type=Path, nargs="*", default=[])
    args.add_argument("--work", type=Path, default=ROOT / "training" / "sets")
    args.add_argument("--out", type=Path, default=ROOT / "config" / "models")
    args.add_argument("--rounds", type=int, default=100)
    args.add_argument("--weights", action="store_true")
    args = args.parse_args()
    xs, ys, ws = [], [], []
    for folder in args.train:
        x, y, names = read(folder / "set" / "gold.jsonl", folder / "parts")
        xs, ys, ws = [*xs, x], [*ys, y], [*ws, np.ones(len(y))]
    for name in ("wcxb-dev", "fundus-dev"):
        out = args.work / f"{name}.parts"
        if Path(f"{out}.f32").exists():
            x, y, _ = read(args.sets / name / "gold.jsonl", out)
            # Many blocks of one kind: a part of them says the same.
            keep = np.random.default_rng(7).random(len(y)) < (0.5 if name == "wcxb-dev" else 1.0)
            y[~keep] = -1
            xs, ys, ws = [*xs, x], [*ys, y], [*ws, np.full(len(y), 0.5)]
    x, y, w = np.concatenate(xs), np.concatenate(ys), np.concatenate(ws)
    # Most blocks are no part of anything: a part of them, counting the more, says the same.
    few = np.random.default_rng(8).random(len(y)) < 0.35
    known = (y > 0) | (y == 0) & few
    w[y == 0] /= 0.35
    print(f"{known.sum()} of {len(y)} blocks known, {x.shape[1]} columns", flush=True)
    model = xgb.train(PARAMS, xgb.QuantileDMatrix(x[known], y[known], weight=w[known], max_bin=PARAMS["max_bin"]), args.rounds)
    for folder in args.test:
        x, y, _ = read(folder / "set" / "gold.jsonl", folder / "parts")
        said = model.predict(xgb.DMatrix(x)).argmax(axis=1)
        print(folder.name, "right:", round((said == y)[y >= 0].mean(), 4))
        confusion(said[y >= 0], y[y >= 0])
    gain = model.get_score(importance_type="gain")
    gain = sorted(((gain.get(f"f{at}", 0.0), name) for at, name in enumerate(names)), reverse=True)
    print("columns:", " ".join(f"{name}:{value:.0f}" for value, name in gain[:40]), "unused:", sum(value == 0 for value, _ in gain))
    if args.weights:
        data = classes(model, names)
        (args.out / "part.trees").write_bytes(data)
        print(f"part.trees: {len(data)} bytes")


if __name__ == "__main__":
    main()
