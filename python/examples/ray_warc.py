"""From archives to Parquet with Ray Data, on a cluster of two nodes that this machine plays.

    ray_warc.py ARCHIVES OUTPUT

On a real cluster `ray.init()` finds it, and the archives may be at s3://.
"""

import io
import sys

import ray
from ray.cluster_utils import Cluster
from warcio.archiveiterator import ArchiveIterator

import auslese

FIELDS = ["id", "url", "headline", "date_published", "text", "confidence"]


def extract(batch):
    """The articles of archives: a row each, with the node that made it."""
    rows = {field: [] for field in [*FIELDS, "node"]}
    node = ray.get_runtime_context().get_node_id()
    for archive in batch["bytes"]:
        responses = (record for record in ArchiveIterator(io.BytesIO(archive)) if record.rec_type == "response")
        pages = [(r.content_stream().read(), r.rec_headers.get_header("WARC-Target-URI")) for r in responses]
        for record in auslese.extract_many(pages, threads=1, errors="none"):
            if record and record["text"]:
                for field in FIELDS:
                    rows[field].append(record[field])
                rows["node"].append(node)
    return rows


def main():
    archives, output = sys.argv[1:]
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, logging_level="warning")
    ray.data.DataContext.get_current().enable_progress_bars = False
    data = ray.data.read_binary_files(archives, include_paths=True, file_extensions=["gz"], override_num_blocks=4)
    records = data.map_batches(extract, batch_size=1, num_cpus=1, scheduling_strategy="SPREAD").materialize()
    records.drop_columns(["node"]).write_parquet(output)
    print(f"{records.count()} records from {len(ray.nodes())} nodes, of which {len(records.unique('node'))} had work")
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main()
