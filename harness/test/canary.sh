#!/bin/bash
# canary.sh - a fuzzer that finds nothing may be broken: two bugs that are known to be there must be found, one that a
# sanitizer sees and one that none does.
# ctest: full timeout=300
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:?}/bin
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

find_bug() { # ID ORACLE
  local status=0
  "$bin/heddle" fuzz --map="$1" --until="$2" --time=60 --out="$out/$1" >"$out/log" 2>&1 || status=$?
  [ $status = 1 ] && "$bin/heddle" list --json "$out/$1" | grep -q "\"oracle\": \"$2\"" && return
  echo "$1 was not found by $2 (status $status):" >&2
  cat "$out/log" >&2
  exit 1
}
find_bug striped_contains_unlocked ThreadSanitizer
find_bug striped_clear_by_stripe clear
echo 'both found'
