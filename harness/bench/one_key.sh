#!/bin/bash
# one_key.sh [-t SECONDS] [-f SECONDS] [-b BUILD]... [-o DIR] [ID...] - has one race one key, whoever compiled it and
# whichever side came first?  Each planted bug that ThreadSanitizer is to see (map/mutants.def), or those named, runs
#   on real threads   for SECONDS (-t, 2), without anything of heddle: native/racer.c and the maps under
#                     -fsanitize=thread, by clang-19, clang-22 and gcc (those that are there) at -O0, -O1 and -O2
#   on fibers         for SECONDS (-f, 2) of fuzzing from its regression input, by $HEDDLE_BUILD_DIR and each BUILD
# and every report of the two accesses of a race is taken.  A race is known by its two source lines in map/ and what
# kinds of accesses they make, in either order, which are read from the reports without heddle's help: the innermost
# frame in map/ of each stack.  `heddle key` must give all the reports of one race one key.
# Prints a table, a row a compiler and level: reports; those in which the line of an access is lost, for the compiler
# made one access of two or the runtime could not restore a stack, and which belong to no race therefore; those with an
# access that was moved, to a line where nothing compiled with -O0 has one (a caller that loads its callee's argument);
# those that name another function for a line than -O0 has; planted bugs met at all, and by their regression's key;
# races; those with one key, and with several. Then the same over all, every race that has several keys with a stack
# for each, and, since which accesses meet is chance, those that each program has: all, and the lost, moved, misnamed
# ones. Also in $HEDDLE_BUILD_DIR/bench/one_key.json.
# Real threads may never take the interleaving that a bug needs: what is not met is no failure. Status 1 where a race
# has several keys. DIR keeps the logs; those that are there already are not made again.
set -euo pipefail
: "${HEDDLE_BUILD_DIR:=build}"
native=harness/bench/native
corpus=corpus/regressions/mutants
seconds=2
fuzz_seconds=2
builds=("$HEDDLE_BUILD_DIR")
out=
while getopts t:f:b:o: option; do
  case $option in
  t) seconds=$OPTARG ;;
  f) fuzz_seconds=$OPTARG ;;
  b) builds+=("$OPTARG") ;;
  o) out=$OPTARG ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
command -v python3 >/dev/null || { echo "one_key: python3 is not installed (ci/install.sh dev)" >&2; exit 2; }
ids=("$@")
[ ${#ids[@]} -gt 0 ] ||
  mapfile -t ids < <(sed -n 's/^MUTANT(\([a-z0-9_]*\), [a-z0-9_]*, [A-Z_]*, "ThreadSanitizer",.*/\1/p' map/mutants.def)
for id in "${ids[@]}"; do
  grep -q "^MUTANT($id," map/mutants.def || { echo "one_key: $id: not in map/mutants.def" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: "${out:=$work/out}"
mkdir -p "$out/bin" "$out/native" "$out/fibers" "$HEDDLE_BUILD_DIR/bench"

# racer COMPILER LEVEL: builds bin/racer_COMPILER_LEVEL, with nothing but what any user's build has
racer() {
  [ -x "$out/bin/racer_$1_$2" ] ||
    "$1" -std=gnu11 -D_GNU_SOURCE= -g "-$2" -fsanitize=thread -DMAP_MUTANTS=1 -Iharness -I. -Imap \
      $native/racer.c harness/target/subject.c harness/program/{decode,encode,keys,mutate,names,program}.c map/*.c \
      -o "$out/bin/racer_$1_$2" -pthread -lm
}

# race COMPILER LEVEL ID: short runs one after the other until the time is over, each with another seed, for a process
# tells a pair of stacks once, and one that a planted bug has broken may crash or hang
race() {
  local log=$out/native/$1-$2/$3 options='atexit_sleep_ms=0 suppress_equal_addresses=0 history_size=5' seed=0
  local symbolizer end launch=()
  symbolizer=$("$1" -print-prog-name=llvm-symbolizer)
  [ ! -x "$symbolizer" ] || options+=" external_symbolizer_path=$symbolizer"
  # clang's runtime sees to it by itself where the kernel moves mappings too far for it; GCC's does not.
  [ "$1" != gcc ] || launch=(setarch -R)
  end=$(($(date +%s%N) + seconds * 1000000000))
  mkdir -p "$log"
  while [ "$(date +%s%N)" -lt $end ]; do
    TSAN_OPTIONS=$options timeout -s KILL 10 "${launch[@]}" "$out/bin/racer_$1_$2" "$3" "$corpus/$3" 0.5 \
      $((++seed)) >"$log/$seed.log" 2>&1 || true
  done
}

for compiler in clang-19 clang-22 gcc; do
  command -v "$compiler" >/dev/null || { echo "one_key: no $compiler" >&2; continue; }
  for level in O0 O1 O2; do
    racer "$compiler" "$level"
    for id in "${ids[@]}"; do
      [ -d "$out/native/$compiler-$level/$id" ] || { race "$compiler" "$level" "$id"; } 2>/dev/null
    done
  done
done

for build in "${builds[@]}"; do
  compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=.*\/\|^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
  for id in "${ids[@]}"; do
    [ ! -d "$out/fibers/$compiler/$id" ] || continue
    rm -rf "$work/seeds"
    mkdir -p "$work/seeds"
    cp "$corpus/$id" "$work/seeds"
    "$build/bin/heddle" fuzz --map="$id" --flavour=tsan --time="$fuzz_seconds" --use=lawful --keep-all \
      --seeds="$work/seeds" --out="$out/fibers/$compiler/$id" >/dev/null 2>"$work/log" || [ $? = 1 ] ||
      { cat "$work/log" >&2; exit 4; }
  done
done

find "$out/native" -name '*.log' -print0 >"$work/files"
find "$out/fibers" -path '*/findings/*' -name finding.json -print0 >>"$work/files"
xargs -0 "$HEDDLE_BUILD_DIR/bin/heddle" key --root="$PWD" --no-symbols <"$work/files" >"$work/keys" 2>/dev/null ||
  [ $? = 123 ] # logs without a report
tools=$(dirname "$("$(ci/clang.sh)" -print-prog-name=llvm-objdump)")
PYTHONDONTWRITEBYTECODE=1 python3 $native/one_key.py "$work/keys" "$out" "$corpus/keys.txt" "$tools" \
  "$HEDDLE_BUILD_DIR/bench/one_key.json" "${ids[@]}"
