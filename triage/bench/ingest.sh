#!/bin/bash
# ingest.sh [REPORTS] - how long `heddle ingest` takes for a pile of ThreadSanitizer's reports, and how much memory: puts
# REPORTS (100,000) of them in one log, real ones of triage/test/golden/tsan in turn, each with addresses, threads and
# line numbers of its own and with names of one of 500 modules, and ingests it into a new store on one processor.
# Prints size, reports, keys, seconds and the largest resident memory.  Status 1 where a report is missing in the store.
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:=build}/bin
reports=${1:-100000}
for tool in python3 taskset; do
  command -v "$tool" >/dev/null || { echo "ingest: $tool is not installed" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/make.py" <<'END'
"""make.py COUNT LOG...: so many reports out of those of the logs, told apart."""
import re
import sys

count, sources = int(sys.argv[1]), []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8", errors="replace") as file:
        sources += re.findall(r"^=+\nWARNING: ThreadSanitizer: .*?^=+\n", file.read(), re.M | re.S)
if not sources:
    sys.exit("make.py: no reports in the logs")
made = 0
while made < count:
    text = sources[made % len(sources)]
    text = re.sub(r"0x7[0-9a-f]{9,}", lambda at: hex(int(at.group(), 16) + made * 64), text)
    text = re.sub(r"\bT(\d+)\b", lambda thread: f"T{int(thread.group(1)) + made % 7}", text)
    text = re.sub(r"^( +#\d+ )([a-z_]\w+) ", lambda frame: f"{frame.group(1)}m{made % 500}_{frame.group(2)} ", text, flags=re.M)
    # As deep as those of real programs: the first stack's frames come six times more, further out.
    first = re.search(r"(?:^ +#\d+ .*\n)+", text, re.M)
    if first:
        frames = re.sub(r"^ +#\d+ ", "", first.group(), flags=re.M).splitlines()
        deeper = "".join(f"    #{len(frames) + i} {frame}\n" for i, frame in enumerate(frames * 6))
        text = text[: first.end()] + deeper + text[first.end() :]
    sys.stdout.write(text)
    made += 1
END
python3 "$work/make.py" "$reports" triage/test/golden/tsan/*.log >"$work/log"
bytes=$(stat -c %s "$work/log")
python3 - "$bin/heddle" "$work" "$reports" "$bytes" <<'END'
import json
import resource
import subprocess
import sys
import time

heddle, work, reports, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
began = time.monotonic()
subprocess.run(["taskset", "-c", "0", heddle, "ingest", "--store=" + work + "/db", work + "/log"], check=True, stdout=subprocess.DEVNULL)
wall = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
keys = json.loads(subprocess.run([heddle, "list", "--json", "--store=" + work + "/db"], check=True, stdout=subprocess.PIPE).stdout)
seen = sum(key["count"] for key in keys)
print(f"{size / 1e6:.0f} MB, {reports} reports, {len(keys)} keys: {wall:.1f} s, of them {used.ru_utime + used.ru_stime:.1f} s "
      f"on the processor, {used.ru_maxrss / 1024:.0f} MiB")
sys.exit(0 if seen == reports else f"ingest: {seen} of {reports} reports are in the store")
END
