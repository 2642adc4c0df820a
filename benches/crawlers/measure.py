"""Runs each crawler against nginx and prints the table: `measure.py WORK AUSLESE PAGES`.

Processor time and peak memory are those of the crawler's process, as the system counts them for it at its end; nginx is apart.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

AT_ONCE = "16"

NGINX = """
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/nginx.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    types {{ text/html html; }}
    charset utf-8;
    keepalive_requests 100000;
    sendfile on;
    client_body_temp_path {work}/tmp;
    proxy_temp_path {work}/tmp;
    fastcgi_temp_path {work}/tmp;
    uwsgi_temp_path {work}/tmp;
    scgi_temp_path {work}/tmp;
    server {{
        listen 127.0.0.1:{port};
        root {work}/site;
        index index.html;
    }}
}}
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def serve(work):
    port = free_port()
    config = work / "nginx.conf"
    config.write_text(NGINX.format(work=work, port=port), encoding="utf-8")
    server = subprocess.Popen(["nginx", "-p", str(work), "-c", str(config)], stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server, f"http://127.0.0.1:{port}"
        time.sleep(0.05)
    server.kill()
    raise SystemExit(f"nginx does not start: {work}/nginx.log")


def run(command, log):
    """CPU seconds, wall seconds and peak KiB of a command."""
    began = time.monotonic()
    with open(log, "wb") as words:
        child = subprocess.Popen(command, stdout=words, stderr=words)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}: {log}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss


def lines(path):
    files = [path] if path.is_file() else sorted(path.rglob("*.jsonl"))
    return sum(file.read_bytes().count(b"\n") for file in files)


def main():
    work, auslese, pages = Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3])
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    server, origin = serve(work)
    peer = str(work / "build/release/auslese-crawlers")
    here = Path(__file__).parent
    scrapy = [str(work / "venv/bin/scrapy"), "runspider", str(here / "trafilatura_spider.py"), "-a", f"origin={origin}"]
    for setting in ["ROBOTSTXT_OBEY=False", "DOWNLOAD_DELAY=0", "LOG_LEVEL=ERROR", "TELNETCONSOLE_ENABLED=False", "DEPTH_LIMIT=0"]:
        scrapy += ["-s", setting]
    for name in ["CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN"]:
        scrapy += ["-s", f"{name}={AT_ONCE}"]
    ours = [auslese, "crawl", origin + "/", "--allow-private", "--delay", "0s", "--per-host", AT_ONCE, "--concurrency", AT_ONCE]
    runs = [
        ("bare loop", [peer, "bare", origin, str(pages), str(out / "bare.jsonl")], out / "bare.jsonl"),
        ("auslese", [*ours, "--output", str(out / "ours"), "--state", str(out / "state.db")], out / "ours"),
        ("spider", [peer, "spider", origin, str(pages), str(out / "spider.jsonl")], out / "spider.jsonl"),
        ("scrapy, trafilatura", [*scrapy, "-o", f"{out}/scrapy.jsonl:jsonlines"], out / "scrapy.jsonl"),
    ]
    try:
        print(f"{'':22} {'lines':>7} {'CPU s':>8} {'wall s':>8} {'CPU ms/page':>12} {'of bare':>8} {'peak MB':>8}")
        bare = None
        for name, command, output in runs:
            cpu, wall, peak = run(command, out / f"{name.split(',')[0].replace(' ', '-')}.log")
            bare = bare or cpu
            ms = cpu * 1000 / pages
            found = lines(output) if output.exists() else 0
            print(f"{name:22} {found:7} {cpu:8.2f} {wall:8.2f} {ms:12.3f} {cpu / bare:8.2f} {peak / 1024:8.1f}", flush=True)
    finally:
        server.terminate()
        server.wait()


main()
