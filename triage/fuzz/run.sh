#!/bin/sh
# Fuzzes what reads logs and findings, one target after the other: triage/fuzz/run.sh BUILD SECONDS [TARGET...]
#
# What a target is given is in BUILD/bin/TARGET.seeds, .dict and .options, what it learnt stays in BUILD/fuzz/TARGET/ for the next
# time, and an input that fails in BUILD/fuzz/.  With 0 SECONDS each takes its seeds once.  Prints a line a target; exits 1
# when an input failed, after all targets had their time.  Ctrl-C ends it.
set -u
build=$1
seconds=$2
shift 2
# shellcheck disable=SC2046 # words are meant
[ $# != 0 ] || set -- $(cd "$build/bin" && for name in fuzz_*.seeds; do echo "${name%.seeds}"; done)
count=$#
number=0
failed=""
fuzzer=""
memory=/dev/shm
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
TMPDIR=$(mktemp -d "$memory/heddle-fuzz-XXXXXX") # where the targets have their files
export TMPDIR
stop() {
  [ -z "$fuzzer" ] || { kill "$fuzzer" && wait "$fuzzer"; } 2>/dev/null
  exit 130
}
trap stop INT TERM
trap 'rm -rf "$TMPDIR"' EXIT

# The last of what libFuzzer says of its progress: `cov: 348 ... corp: 152/328Kb ... exec/s: 1500`.
progress() {
  tail -n 50 "$log" | sed -n 's/^#\([0-9]*\).*cov: \([0-9]*\).*corp: \([0-9]*\).*/\1 inputs, \2 places, corpus \3/p' | tail -n 1
}

for name; do
  number=$((number + 1))
  learnt=$build/fuzz/$name
  log=$build/fuzz/$name.log
  mkdir -p "$learnt"
  set -- "$learnt"
  while IFS= read -r seeds; do set -- "$@" "$seeds"; done <"$build/bin/$name.seeds"
  [ ! -e "$build/bin/$name.dict" ] || set -- -dict="$build/bin/$name.dict" "$@"
  # shellcheck disable=SC2046 # words are meant
  set -- $(sed -n 's/^\([a-z_]*\) = /-\1=/p' "$build/bin/$name.options") "$@"
  if [ "$seconds" = 0 ]; then set -- -runs=0 "$@"; else set -- -max_total_time="$seconds" "$@"; fi
  "$build/bin/$name" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$build/fuzz/$name-" \
    "$@" >"$log" 2>&1 &
  fuzzer=$!
  while [ -t 1 ] && kill -0 "$fuzzer" 2>/dev/null; do
    printf '\r\033[K[%s/%s] %s: %s' "$number" "$count" "$name" "$(progress)"
    sleep 1
  done
  wait "$fuzzer"
  status=$?
  [ ! -t 1 ] || printf '\r\033[K'
  inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  if [ "$status" = 0 ]; then
    echo "[$number/$count] $name: nothing in ${inputs:-?} inputs, ${rate:-?}/s"
  else
    failed="$failed $name"
    echo "[$number/$count] $name: FAILED (status $status), see $log"
    grep -aE '^(==[0-9]+==) ?(ERROR|WARNING)|Assertion .* failed|runtime error:|Test unit written' "$log" | sed 's/^/  /'
  fi
done
[ -z "$failed" ]
