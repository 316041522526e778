#!/bin/bash
# replay_repeat.sh [MAP [INPUTS [REPLAYS]]] - does the verdict repeat?  Keeps every failing input of a campaign until
# there are INPUTS of them, replays each REPLAYS times in fresh processes and compares the sets of keys that they show.
# Prints one line; writes build/bench/replay_repeat_MAP.json.  Exit status 1 where a set differs.
set -eu
map=${1:-gomap} wanted=${2:-1000} replays=${3:-5}
build=${BUILD:-build} out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$build/bin/heddle" fuzz --map="$map" --flavour="${FLAVOUR:-tsan}" --time="${FUZZ_TIME:-120}" --keep-all --out="$out" \
  >"$out/log" 2>&1 || [ $? = 1 ]
find "$out/findings" -name input -printf '%h\n' | sort | awk -F/ '!seen[$NF]++' | sed -n "1,${wanted}p" >"$out/inputs"

# The set of keys that one replay shows.
replay() {
  "$build/bin/heddle" repro --runs=1 --json "$1" 2>/dev/null | tr -d ' \n' | sed -E 's/.*"keys":\[([^]]*)\].*/\1/'
}
export -f replay
export build

# One replay at a time, so that each one's set of keys is seen, not their union.
check() {
  local first='' set
  for ((i = 0; i < $2; i++)); do
    set=$(replay "$1")
    first=${first:-$set}
    [ "$set" = "$first" ] && [ -n "$set" ] && echo same || echo "different $1: $first / $set"
  done
}
export -f check
xargs -a "$out/inputs" -P 2 -I{} bash -c "check {} $replays" >"$out/verdicts"

inputs=$(wc -l <"$out/inputs") same=$(grep -c '^same$' "$out/verdicts" || true) all=$(wc -l <"$out/verdicts")
grep -v '^same$' "$out/verdicts" | head -5 || true
mkdir -p "$build/bench"
printf '{"map":"%s","inputs":%d,"replays":%d,"same_set_of_keys":%d}\n' "$map" "$inputs" "$all" "$same" |
  tee "$build/bench/replay_repeat_$map.json"
[ "$same" = "$all" ]
