"""What the wheel costs over the native call: CPU time of one thread, rounds of both in turn.

    wheel.py NATIVE FOLDER [ROUNDS]
    wheel.py extract|extract_text FOLDER ROUNDS        only the calls, for a count of instructions

NATIVE is the example `native_calls`; FOLDER holds pages, as `native_calls generate` writes them.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import auslese

URL = "https://example.org/meldung"


def native(program, folder):
    done = subprocess.run([program, "run", folder, "1"], check=True, capture_output=True, text=True)
    return float(done.stdout)


def wheel(call, pages):
    before = time.thread_time()
    for page in pages:
        call(page, URL)
    return time.thread_time() - before


def main():
    program, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 9
    pages = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    if program in auslese.__all__:
        for _ in range(rounds):
            wheel(getattr(auslese, program), pages)
        return
    wheel(auslese.extract, pages)  # patterns are compiled once a process
    calls = {"native call": lambda: native(program, folder)}
    calls["extract"] = lambda: wheel(auslese.extract, pages)
    calls["extract_text"] = lambda: wheel(auslese.extract_text, pages)
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(call())
    size = sum(map(len, pages))
    print(f"{len(pages)} pages, {size / 1e6:.1f} MB, {rounds} rounds; of each round the ratio, then its median")
    print(f"{'':14} {'ms/page':>8} {'MB/CPU-s':>9} {'over native':>12}")
    for name, seconds in times.items():
        over = statistics.median(a / b for a, b in zip(seconds, times["native call"])) - 1
        least = min(seconds)
        print(f"{name:14} {1e3 * least / len(pages):8.3f} {size / 1e6 / least:9.1f} {over:12.1%}")


main()
