#!/bin/sh
# ctest: full timeout=300
# `heddle chaos`: the bare map dies of its guard and the one under a lock does not, an experiment that was killed goes on
# where it was, a hang is told with who waits for whom, and what is wrong is one line.
set -eu
build=$(cd "${HEDDLE_BUILD_DIR:-build}" && pwd)
heddle=$build/bin/heddle
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "$*"
  head -n 60 out err 2>/dev/null || true
  exit 1
}

# STATUS heddle's arguments
expect() {
  wanted=$1
  shift
  status=0
  timeout 200 "$heddle" chaos "$@" >out 2>err || status=$?
  [ "$status" = "$wanted" ] || fail "status $status, not $wanted: chaos $*"
}

# A filter of python's json over `out`: what it prints.
json() { python3 -c "import json,sys; d=json.load(open('out')); print($1)"; }

# ThreadSanitizer sees that nothing orders two threads, whether or not they met: what comes of the bare map is no chance.
expect 1 --flavour=tsan --map=gomap,rwmap --trials=2 --operations=2000 --jitter=none --distribution=zipf:1.2 --json
[ "$(json "[w['failed']['of']['count'] for w in d['workloads']]")" = "[2, 0]" ] || fail "gomap survived, or rwmap failed"

# Without it, whether two threads meet is chance: of one that is guarded no trial may fail, of the bare one any number.
expect 0 --map=rwmap --trials=6 --operations=200000 --jitter=none --distribution=zipf:1.2 --json
[ "$(json "d['workloads'][0]['latency']['operations']")" = 1200000 ] || fail "operations of rwmap"
[ "$(json "d['workloads'][0]['survived']['state']['retired']['count']")" = 6 ] || fail "states of rwmap"

# Every key type, distribution and mix, on a map that allows them all; pinned.
expect 0 --map=striped --trials=1 --key=int64,8bytes,string --distribution=uniform,zipf:0.5,hot \
  --mix=delete,mixed,iterate-delete --operations=3000 --keys=500 --threads=3 --pin=0 --json
[ "$(json "sorted(set(w['latency']['operations'] >= 3000 for w in d['workloads']))")" = "[True]" ] || fail "operations"
[ "$(json "len(d['workloads'])")" = 27 ] || fail "workloads"
expect 0 --map=striped --trials=1 --duration=0.2 --jitter=none --json
[ "$(json "d['workloads'][0]['survived']['time_s']['mean'] >= 0.2")" = True ] || fail "duration"

# Killed in the middle: what was done is there, and is not done again.
rows() { python3 -c "import sqlite3; print(sqlite3.connect('k.db').execute('$1').fetchone()[0])"; }
"$heddle" chaos --store=k.db --map=striped --trials=30 --keys=1000 --operations=20000 --jitter=2:1000 >out 2>err &
child=$!
tries=0
until [ -e k.db ] && [ "$(rows 'select count(*) from trial' 2>/dev/null || echo 0)" -ge 3 ]; do
  tries=$((tries + 1))
  [ $tries -lt 600 ] || fail "no trials came"
  sleep 0.05
done
kill -9 $child
wait $child 2>/dev/null || true
done=$(rows 'select count(*) from trial')
first=$(rows 'select group_concat(time_s) from (select * from trial order by number limit 3)')
[ "$done" -lt 30 ] || fail "killed too late"
expect 0 --store=k.db --map=striped --trials=30 --keys=1000 --operations=20000 --jitter=2:1000
[ "$(rows 'select count(*) from trial')" = 30 ] || fail "not 30 trials"
[ "$(rows 'select count(*) from experiment')" = 1 ] || fail "another experiment"
[ "$first" = "$(rows 'select group_concat(time_s) from (select * from trial order by number limit 3)')" ] ||
  fail "trials were made again"
[ "$(rows 'select count(distinct seed) from trial')" = 30 ] || fail "trials share a seed"

# Under the engine's scheduler the same comes out each time, and the command told at the end replays it.
for store in one two; do
  expect 1 --virtual --slice=1000 --map=gomap,rwmap --store=$store.db --trials=3 --operations=10000 --keys=1024 --mix=mixed
  mv out "$store"
done
cmp one two || fail "two runs with one seed differ"
[ "$(grep -c '3 of 3' one)" -ge 1 ] || fail "gomap survived under switches"
command=$(sed -n 's/^  \(.*chaos_input .*\)/\1/p' one | sed "s|heddle repro|$heddle repro|")
sh -c "$command" >out 2>err || fail "not reproduced: $command"
grep -q "concurrent map writes" out || fail "another failure: $command"

# Ways to go wrong, by a program that does as its map is called.
mkdir bin
ln -s "$build/bin/fake_chaos" bin/chaos_plain
expect 1 --bin-dir=bin --map=hang --trials=1 --threads=3 --timeout=0.3 --jitter=none
grep -q "hang: put" out || fail "no hang"
grep -q "thread 1: put of key 40 for .* which thread 2 holds" out || fail "thread 1 waits for thread 2"
grep -q "circle: thread 1 -> thread 2 -> thread 1" out || fail "no circle"
expect 1 --bin-dir=bin --map=spin --trials=1 --threads=3 --timeout=0.3 --jitter=none
grep -q "thread 2: put of key 41 for .* runs" out || fail "nobody runs"
expect 1 --bin-dir=bin --map=segv,abort,broken --trials=2 --jitter=none
grep -q "signal: SIGSEGV" out || fail "no signal"
grep -q "fatal-error: ?\[31mred" out || fail "no guard, or an escape sequence"
grep -q "invariant" out || fail "no invariant"

# What is wrong is told in a line.
for wrong in --threads=1 --distribution=zipf:0 --key=int --trials=0 --operations=0 --jitter=1 --timeout=0 --map=a/b \
  --threads=2,2 surplus --map=nosuch --pin=900 --slo=99% --slice=2; do
  expect 2 "$wrong"
  [ "$(sed '/^Try /d' err | wc -l)" = 1 ] || fail "$wrong: not one line"
done
for wrong in --keys=1000 --threads=9 --distribution=zipf:2 --key=string --flavour=tsan --sensitivity; do
  expect 2 --virtual "$wrong"
  [ "$(sed '/^Try /d' err | wc -l)" = 1 ] || fail "--virtual $wrong: not one line"
done
expect 2 --slo=99.99% --mttr=8mn
grep -q -- --mttr=8mn err || fail "what is wrong with the MTTR"
expect 2 --sensitivity --threads=2,4
expect 0 --map=striped --sensitivity --trials=2 --keys=500 --operations=2000 --jitter=none --slo=99.99% --mttr=8min --json
[ "$(json "len(d['workloads']), len(d['sensitivity']), d['workloads'][0]['slo']['threshold_s']")" = "7 4 4799520.0" ] ||
  fail "sensitivity or promise"
expect 4 --bin-dir=bin --map=mute --trials=1
expect 4 --bin-dir=bin --flavour=tsan
expect 2 --store=no/such/folder/x.db
