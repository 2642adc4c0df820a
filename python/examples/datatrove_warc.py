"""From archives to JSONL with datatrove: run it again, and only what is missing is done.

    datatrove_warc.py ARCHIVES OUTPUT [--tasks N] [--workers N] [--die-in TASK]
"""

import argparse
import os
import signal

from auslese_datatrove import Auslese
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import WarcReader
from datatrove.pipeline.writers import JsonlWriter


class DieIn:
    """Kills itself and its helpers in the middle of a task, to show what comes of it."""

    def __init__(self, task):
        self.task = task

    def __call__(self, data, rank=0, world_size=1):
        for number, doc in enumerate(data):
            if rank == self.task and number == 10:
                os.killpg(0, signal.SIGKILL)
            yield doc


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("archives")
    parser.add_argument("output")
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--die-in", type=int)
    args = parser.parse_args()
    pipeline = [WarcReader(args.archives, glob_pattern="*.warc.gz"), Auslese(), JsonlWriter(f"{args.output}/records")]
    if args.die_in is not None:
        pipeline.insert(2, DieIn(args.die_in))
    LocalPipelineExecutor(
        pipeline, tasks=args.tasks, workers=args.workers, logging_dir=f"{args.output}/logs", skip_completed=True
    ).run()


if __name__ == "__main__":
    main()
