"""One row of the table: `row.py SYSTEM FIGURES WORDS`, the figures as `auslese eval --json` gives them."""

import json
import sys


def main():
    _, system, figures, words = sys.argv
    with open(figures, encoding="utf-8") as file:
        score = json.load(file)
    with open(words, encoding="utf-8") as file:
        cost = json.loads(file.read().strip().splitlines()[-1])

    def value(figure):
        return "-" if figure is None else f"{figure['value'] if isinstance(figure, dict) else figure:.3f}"

    articles = score["types"].get("article", {}).get("wordF1")
    speed = cost["bytes"] / 1e6 / cost["cpu_seconds"]
    shown = [value(score["wordF1"]), value(articles), value(score["shF1"]), value(score["segF"]), score["empty"]]
    print(f"{system:22}" + "".join(f" {cell:>8}" for cell in shown) + f" {speed:10.1f} {cost['panics']:7}")


main()
