#!/bin/bash
# coverage.sh [LEAST] - line and branch coverage of each map by its seeds alone (corpus/seeds/<map>); a table, and
# $HEDDLE_BUILD_DIR/bench/coverage.json.  Status 1 where a map's branches are covered to less than LEAST percent (85).
#
# Measured on a copy of the sources in $HEDDLE_BUILD_DIR/coverage without the planted bugs and without assertions, and
# not on what looks for damage (the maps' checks): their other branches are for what does not happen.
set -euo pipefail
: "${HEDDLE_BUILD_DIR:=build}"
least=${1:-85}
cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$HEDDLE_BUILD_DIR/CMakeCache.txt")
profdata=$("$cc" -print-prog-name=llvm-profdata)
cov=$("$cc" -print-prog-name=llvm-cov)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$HEDDLE_BUILD_DIR/bench
mkdir -p "$HEDDLE_BUILD_DIR/coverage" "$out"
out=$(cd "$out" && pwd)

copy=$HEDDLE_BUILD_DIR/coverage/source
rm -rf "$copy"
mkdir -p "$copy"
cp -R CMakeLists.txt ci corpus dict harness map triage "$copy"
for file in "$copy"/map/*.[ch]; do
  [ "${file##*/}" = planted.h ] || {
    awk -f map/test/strip_planted.awk "$file" >"$work/stripped"
    cp "$work/stripped" "$file"
  }
done
cd "$copy"
cmake -S . -B ../build -G Ninja -DCMAKE_C_COMPILER="$cc" -DHEDDLE_TESTS=OFF -DHEDDLE_FLAVOURS=plain -DCMAKE_C_FLAGS=-w \
  >../configure.log
cmake --build ../build --target cov_targets -- --quiet

# The files of a map that hold code: those that begin with its name; what two maps share counts for both.
files_of() {
  local map=$1 file
  case $map in
  splitlist_*) ls map/splitlist*.h "map/reclaim_${map#splitlist_}.c" ;;
  *) ls "map/$map".[ch] "map/${map}_"*.[ch] ;;
  esac 2>/dev/null | while read -r file; do
    case $file in *_check.c | *_look.h | *_internal.h) ;; *) echo "$file" ;; esac
  done
}
# Of llvm-cov's report, over FILES: lines, lines covered, branches, branches covered.
sums() { # REPORT FILES...
  local report=$1
  shift
  printf '%s\n' "$@" | sed 's|.*/||' | awk '
    NR == FNR { wanted[$1] = 1; next }
    { name = $1; sub(".*/", "", name) }
    name in wanted && NF >= 13 { lines += $8; lines_missed += $9; branches += $11; branches_missed += $12 }
    END { print lines + 0, lines - lines_missed, branches + 0, branches - branches_missed }' - "$report"
}

status=0
printf '%-18s %16s %16s\n' map lines branches
separator='['
: >"$work/json"
for map in $(sed -n 's/^MAP(\([a-z0-9_]*\),.*/\1/p' map/registry.def); do
  target=../build/bin/heddle_${map}_cov
  LLVM_PROFILE_FILE=$work/$map.raw timeout -s KILL 600 "$target" -runs=0 --heddle_out="$work/out" \
    "corpus/seeds/$map" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  "$profdata" merge -o "$work/$map.profile" "$work/$map.raw"
  mapfile -t files < <(files_of "$map")
  "$cov" report -instr-profile "$work/$map.profile" "$target" >"$work/report"
  read -r lines lines_covered branches branches_covered < <(sums "$work/report" "${files[@]}")
  percent=$((branches ? branches_covered * 100 / branches : 100))
  printf '%-18s %7d of %5d %7d of %5d  %d %%\n' "$map" "$lines_covered" "$lines" "$branches_covered" "$branches" "$percent"
  printf '%s{"map":"%s","lines":%d,"lines_covered":%d,"branches":%d,"branches_covered":%d}\n' "$separator" "$map" \
    "$lines" "$lines_covered" "$branches" "$branches_covered" >>"$work/json"
  separator=,
  [ "$percent" -ge "$least" ] || status=1
done
echo ']' >>"$work/json"
cp "$work/json" "$out/coverage.json"
exit $status
