#!/bin/sh
# The delete experiment on Go's own map (go_delete.go), to be held against `make chaos`: TRIALS (50) fresh processes for
# each distribution, a trial of each in turn.  Prints how many died, of what, and the deletes completed before that: mean,
# standard deviation, median.  Fails where no trial died.  Wants `go`, which nothing else of heddle does.
set -eu
trials=${TRIALS:-50}
command -v go >/dev/null || {
  echo "skipped: go is not installed"
  exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
go build -o "$folder/trial" harness/bench/go_delete.go
for trial in $(seq "$trials"); do
  for distribution in uniform zipf hot; do
    "$folder/trial" "$trial" "$distribution" "$folder/words" >/dev/null 2>"$folder/err" || true
    python3 - "$distribution" "$folder" >>"$folder/rows" <<'END'
import struct, sys
words = struct.unpack('512q', open(sys.argv[2] + '/words', 'rb').read())
print(sys.argv[1], words[0], sum(words[8:40:8]), open(sys.argv[2] + '/err').readline().strip())
END
  done
done
go version
python3 - "$folder/rows" <<'END'
import collections, statistics, sys
rows = collections.defaultdict(list)
for line in open(sys.argv[1]):
    distribution, ended, deletes, *words = line.split()
    rows[distribution].append((ended == '1', int(deletes), ' '.join(words)))
died = 0
for distribution, trials in rows.items():
    deletes = [d for ended, d, _ in trials if not ended]
    died += len(deletes)
    figures = '%.0f / %.0f / %.0f' % (statistics.mean(deletes), statistics.stdev(deletes), statistics.median(deletes)) \
        if len(deletes) > 1 else '-'
    print(f'{distribution}: {len(deletes)} of {len(trials)} died; deletes before it {figures};',
          dict(collections.Counter(w for ended, _, w in trials if not ended)))
sys.exit(died == 0)
END
