"""One row of the table: `row.py EXTRACTOR SET COST READING [FIGURES]`; costs as `datatrove_run.py` prints them, that of reading and
writing alone second, figures as `auslese eval --json` gives them."""

import json
import sys


def last_line(path):
    with open(path, encoding="utf-8") as file:
        return json.loads(file.read().strip().splitlines()[-1])["cpu_seconds"]


def main():
    extractor, gold, cost, reading = sys.argv[1:5]
    with open(gold, encoding="utf-8") as file:
        pages = sum(1 for line in file if line.strip())
    whole, alone = last_line(cost), last_line(cost) - last_line(reading)
    cells = [f"{pages / whole:10.0f}", f"{pages / alone:12.0f}" if alone > 0 and extractor != "none" else f"{'-':>12}"]
    if len(sys.argv) > 5:
        with open(sys.argv[5], encoding="utf-8") as file:
            score = json.load(file)
        for name in ("wordF1", "shF1", "segF"):
            figure = score[name]
            figure = figure["value"] if isinstance(figure, dict) else figure
            cells.append(f"{'-':>8}" if figure is None else f"{figure:8.3f}")
        cells.append(f"{score['empty']:6}")
    print(f"{extractor:22}" + " ".join(cells))


main()
