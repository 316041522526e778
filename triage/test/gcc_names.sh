#!/bin/sh
# ctest: full timeout=120
# One race has one key in a log of GCC's ThreadSanitizer and of clang's, however they name a function of C++: names.cc
# has one race for each way.  GCC leaves out the scopes of functions that only their file knows; they come back where the
# program lies beside the log, and where it does not, just those keys differ.
set -eu
heddle=$HEDDLE_BUILD_DIR/bin/heddle
clang=$(ci/clang.sh)
clang=$(echo "$clang" | sed "s/clang/clang++/")
for compiler in g++ "$clang"; do
  if ! command -v "$compiler" >/dev/null; then
    echo "skipped: no $compiler"
    exit 77
  fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/away"
for level in 0 2; do
  for compiler in g++ "$clang"; do
    name=$(basename "$compiler")-$level
    "$compiler" -g "-O$level" -fsanitize=thread "$PWD/triage/test/golden/make/names.cc" -o "$work/$name" -pthread
    setarch -R "$work/$name" >"$work/$name.log" 2>&1 || true
  done
done
cp "$work"/g++-0.log "$work/away"

# keys LOG: `LINE KEY` of each race, by the line where it is
keys() {
  "$heddle" key "$1" 2>/dev/null |
    sed -n 's/.*"key":"\([0-9a-f]*\)","frames":\["[^"]*names[.]cc:\([0-9]*\).*/\2 \1/p' | sort -u
}
# same WHAT COUNT A B: COUNT lines of the two logs differ
same() {
  keys "$3" >"$work/a"
  keys "$4" >"$work/b"
  races=$(wc -l <"$work/a")
  differ=$(comm -3 "$work/a" "$work/b" | awk '{ print $1 }' | sort -u | wc -l)
  if [ "$races" -ne 16 ] || [ "$differ" -ne "$2" ]; then
    echo "$1: of $races races (16) $differ have other keys, not $2:"
    comm -3 "$work/a" "$work/b"
    exit 1
  fi
  echo "$1: $differ of $races differ"
}
clang=$(basename "$clang")
same "GCC at O0 and clang at O2" 0 "$work/g++-0.log" "$work/$clang-2.log"
same "GCC at O2 and clang at O0" 0 "$work/g++-2.log" "$work/$clang-0.log"
same "GCC at O0 and O2" 0 "$work/g++-0.log" "$work/g++-2.log"
same "GCC without its program, and clang" 4 "$work/away/g++-0.log" "$work/$clang-2.log"
