#!/bin/bash
# interleaving.sh - each finding of a campaign has the steps of its run, the racing ones marked, and a report shows them.
# ctest: full timeout=300
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:?}/bin
python=
for candidate in python3 /usr/bin/python3; do
  command -v "$candidate" >/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
  echo 'skipped: no python3 (ci/install.sh dev)'
  exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
replay() { # FLAVOUR INPUT OPTIONS...: the verdict in JSON
  local flavour=$1 input=$2
  shift 2
  "$bin/heddle_gomap_$flavour" --heddle_mode=replay --heddle_json --heddle_input="$input" "$@" || [ $? = 1 ]
}

echo '== a short campaign'
"$bin/heddle" fuzz --map=gomap --time=2 --jobs=2 --out="$out/campaign" >"$out/fuzz" 2>&1 || [ $? = 1 ] || fail 'no campaign'

echo '== its racing steps are the accesses of the findings, and shown and written in the same words'
race=$(grep -l '"kind": "data-race"' "$out"/campaign/findings/*/*/finding.json | sed -n 1p)
[ -n "$race" ] || fail 'no data race'
"$bin/heddle" repro --flavour=tsan "${race%/*}" >"$out/shown"
"$python" harness/test/interleaving.py "$out/campaign" "$out/shown" "${race%/*}"

echo '== a run is the same whether its steps are kept or not: each replay does both, and compares'
! grep -l '"kind": "divergence"' "$out"/campaign/findings/*/*/finding.json || fail 'a run was changed by being looked at'
for seed in put-put get-delete shrink-get starve-growth; do
  for flavour in tsan asan; do
    replay $flavour corpus/seeds/gomap/$seed >"$out/without"
    replay $flavour corpus/seeds/gomap/$seed --heddle_findings="$out/$flavour/findings" >"$out/with"
    cmp "$out/without" "$out/with" || fail "$seed, $flavour"
  done
done

echo '== of a long run the steps that matter are kept'
long=$(grep -l '"left_out":[1-9]' "$out"/tsan/findings/*/*/interleaving.json | sed -n 1p)
[ -n "$long" ] || fail 'no run of the seeds is long'
grep -q '"racing":true' "$long" || fail "$long: no racing step"

echo '== a finding that is known costs no steps'
known=$(find "$out/tsan/findings" -name interleaving.json | sed -n 1p)
rm "$known"
replay tsan "${known%/*}/input" --heddle_findings="$out/tsan/findings" >/dev/null
[ ! -e "$known" ] || fail "$known was written again"

echo '== a report has a picture of it'
"$bin/heddle" ingest --store="$out/store.db" "$out/campaign" >/dev/null
"$bin/heddle" report --store="$out/store.db" --output="$out/report.html" >/dev/null
pictures=$(grep -c '<svg class="interleaving"' "$out/report.html" || true)
[ "$pictures" -ge 5 ] || fail "$pictures pictures"
[ "$(grep -c '<circle class="race"' "$out/report.html")" -ge 10 ] || fail 'the racing steps are not marked'
grep -q '<path class="switch"' "$out/report.html" || fail 'no switch is drawn'
grep -q 'gomap_[a-z_]* races with' "$out/report.html" || fail 'no title says who races'

echo 'all well'
