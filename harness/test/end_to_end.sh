#!/bin/bash
# end_to_end.sh - a short campaign on gomap, and everything one does with what it finds.
# ctest: full timeout=300
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:?}/bin
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
status_of() {
  local status=0
  "$@" >"$out/stdout" 2>"$out/stderr" || status=$?
  echo $status
}
field() { # FIELD FILE: a number or a word of a JSON object
  tr -d ' \n' <"$2" | sed -E "s/.*\"$1\":\"?([^\",}]*).*/\1/"
}

echo '== a campaign finds races in gomap, in both flavours, and says so by its status'
[ "$(status_of "$bin/heddle" fuzz --map=gomap --time=8 --jobs=2 --out="$out/gomap")" = 1 ] || fail 'status is not 1'
keys=$(find "$out/gomap/findings" -mindepth 1 -maxdepth 1 -type d | wc -l)
[ "$keys" -ge 5 ] || fail "only $keys keys"
"$bin/heddle" list --json "$out/gomap" >"$out/list.json"
grep -q '"data-race"' "$out/list.json" || fail 'no data race'
grep -q '"asan"' "$out/list.json" || fail 'nothing in asan'

echo '== each kind replays, 5 of 5, with one digest'
for kind in data-race heap-use-after-free map-fatal; do
  finding=$(grep -l "\"kind\": \"$kind\"" "$out"/gomap/findings/*/*/finding.json | sed -n 1p || true)
  [ -n "$finding" ] || continue
  [ "$(status_of "$bin/heddle" repro --runs=5 --json "$finding")" = 0 ] || fail "$kind does not replay: $(cat "$out/stdout")"
  [ "$(field reproduced "$out/stdout")" = 5 ] || fail "$kind: $(cat "$out/stdout")"
  [ "$(field digests_equal "$out/stdout")" = true ] || fail "$kind: digests differ"
done

echo '== the interleaving is shown, the racing accesses marked, and written as Chrome trace events'
status_of "$bin/heddle" repro --map=gomap --flavour=tsan --json corpus/seeds/gomap/put-put >/dev/null
race=$(find "$out/gomap/findings/$(field key "$out/stdout")" -mindepth 1 -maxdepth 1 -type d | sort | sed -n 1p)
[ -n "$race" ] || fail 'the race of two puts is not among the findings'
"$bin/heddle" repro --trace="$out/trace.json" "$race" >"$out/shown"
[ "$(grep -c '<== data-race' "$out/shown")" -ge 2 ] || fail 'the two accesses are not marked'
grep -q -e '---- T[0-9]* to T[0-9]' "$out/shown" || fail 'no switch is marked'
grep -q 'map/gomap.c:[0-9]' "$out/shown" || fail 'no source lines'
grep -q '"traceEvents"' "$out/trace.json" || fail 'no trace events'
for part in input finding.json interleaving.json report.txt program.txt schedule.txt; do
  [ -s "$race/$part" ] || [ $part = report.txt ] || fail "$part is missing"
done
grep -q 'WARNING: ThreadSanitizer: data race' "$race/report.txt" || fail "report.txt has not TSan's words"
grep -q 'gomap_[a-z_]* map/gomap' "$race/report.txt" || fail 'report.txt has no names'

echo '== the smallest input has the same key'
"$bin/heddle" minimize --output="$out/small" "$race" >"$out/minimized"
cp "$out/small" "$race/input"
[ "$(status_of "$bin/heddle" repro --json "$race")" = 0 ] || fail 'the minimized input shows another key'
"$bin/heddle" show --json --map=gomap "$out/small" >"$out/show.json"
[ "$(grep -o '"op":' "$out/show.json" | wc -l)" -le 4 ] || fail "more than 4 operations: $(cat "$out/show.json")"

echo '== any bytes are an input'
printf '' >"$out/empty"
printf 'x' >"$out/one"
head -c 1048576 /dev/urandom >"$out/random"
head -c 1048576 /dev/zero >"$out/zeros"
for file in empty one random zeros; do
  status=$(status_of "$bin/heddle" repro --map=gomap --json "$out/$file")
  [ "$status" -le 1 ] || fail "$file: status $status: $(cat "$out/stderr")"
  [ "$(status_of "$bin/heddle" show --map=gomap "$out/$file")" = 0 ] || fail "$file is not shown"
done

echo '== a guarded map has nothing to find'
[ "$(status_of "$bin/heddle" fuzz --map=rwmap --time=5 --out="$out/rwmap")" = 0 ] || fail "rwmap: $(cat "$out/stdout")"

echo '== a map without locks that is asked only for what it allows has nothing to find either'
[ "$(status_of "$bin/heddle" fuzz --map=gomap --use=lawful --time=5 --out="$out/lawful")" = 0 ] ||
  fail "gomap, lawfully: $(cat "$out/stdout")"

echo '== code that is not deterministic is found out, and confirmed in a fresh process'
[ "$(status_of "$bin/heddle" fuzz --map=unsteadymap --time=3 --check-determinism=10 --out="$out/unsteady")" = 1 ] ||
  fail 'no divergence found'
"$bin/heddle" list --json "$out/unsteady" | grep -q '"divergence"' || fail 'the finding is no divergence'

echo '== state in static variables is put back before each run'
[ "$(status_of "$bin/heddle" fuzz --map=staticmap --flavour=tsan --time=4 --out="$out/static")" = 1 ] || fail 'no race'
finding=$(grep -l '"kind": "data-race"' "$out"/static/findings/*/*/finding.json | sed -n 1p)
[ "$(status_of "$bin/heddle" repro --runs=5 --json "$finding")" = 0 ] || fail "staticmap: $(cat "$out/stdout")"

echo 'all well'
