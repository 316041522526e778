#!/bin/bash
# coverage.sh [LEAST] - line and branch coverage of each map by its seeds alone (corpus/seeds/<map>); a table, and
# $HEDDLE_BUILD_DIR/bench/coverage.json.  Status 1 where a map's branches are covered to less than LEAST percent (85).
#
# Assertions are not compiled in: their other branch is for what never happens.
set -euo pipefail
: "${HEDDLE_BUILD_DIR:=build}"
least=${1:-85}
cmake --build "$HEDDLE_BUILD_DIR" --target cov_targets -- --quiet
cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$HEDDLE_BUILD_DIR/CMakeCache.txt")
profdata=$("$cc" -print-prog-name=llvm-profdata)
cov=$("$cc" -print-prog-name=llvm-cov)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A map's own files: those that begin with its name, or with the part of it before `_`; what it shares counts for the
# map that owns it.
files_of() {
  local map=$1 file
  case $map in
  splitlist_*) ls map/splitlist*.[ch] map/reclaim*.h "map/reclaim_${map#splitlist_}.c" ;;
  swissrw) echo map/swissrw.c ;;
  *) ls "map/$map".[ch] "map/${map}_"*.[ch] ;;
  esac 2>/dev/null | while read -r file; do
    grep -q '{$' "$file" && echo "$PWD/$file"
  done
}

status=0
printf '%-18s %16s %16s\n' map lines branches
separator='['
: >"$work/json"
for map in $(sed -n 's/^MAP(\([a-z0-9_]*\),.*/\1/p' map/registry.def); do
  target=$HEDDLE_BUILD_DIR/bin/heddle_${map}_cov
  LLVM_PROFILE_FILE=$work/$map.raw timeout -s KILL 300 "$target" -runs=0 --heddle_out="$work/out" \
    "corpus/seeds/$map" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  "$profdata" merge -o "$work/$map.profile" "$work/$map.raw"
  mapfile -t files < <(files_of "$map")
  "$cov" export -summary-only -instr-profile "$work/$map.profile" "$target" "${files[@]}" >"$work/$map.json"
  read -r lines lines_covered < <(grep -o '"totals":.*' "$work/$map.json" | grep -o '"lines":{"count":[0-9]*,"covered":[0-9]*' | tr -c '0-9\n' ' ' | tail -1)
  read -r branches branches_covered < <(grep -o '"totals":.*' "$work/$map.json" | grep -o '"branches":{"count":[0-9]*,"covered":[0-9]*' | tr -c '0-9\n' ' ' | tail -1)
  percent=$((branches ? branches_covered * 100 / branches : 100))
  printf '%-18s %7d of %5d %7d of %5d  %d %%\n' "$map" "$lines_covered" "$lines" "$branches_covered" "$branches" "$percent"
  printf '%s{"map":"%s","lines":%d,"lines_covered":%d,"branches":%d,"branches_covered":%d}\n' "$separator" "$map" \
    "$lines" "$lines_covered" "$branches" "$branches_covered" >>"$work/json"
  separator=,
  [ "$percent" -ge "$least" ] || status=1
done
echo ']' >>"$work/json"
mkdir -p "$HEDDLE_BUILD_DIR/bench"
cp "$work/json" "$HEDDLE_BUILD_DIR/bench/coverage.json"
exit $status
