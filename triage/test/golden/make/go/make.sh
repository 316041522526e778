#!/bin/sh
# Makes the logs of ../../go_race and ../../go_fatal anew, from the programs in this folder: make.sh
# Needs go and, for the race detector, gcc.  Paths become /src and /usr/lib/go.  Which goroutine comes first is chance;
# keys and sites stay, the rest of the .expect files may not (parse_golden.h says how to write them anew).
set -eu
cd "$(dirname "$0")"
root=$(go env GOROOT)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GO111MODULE=off HOME="$scratch"

# build NAME FLAG...: the program, whose paths begin with /src
build() {
  name=$1
  shift
  mkdir -p "$scratch/$name"
  cp "$name.go" "$scratch/$name/"
  (cd "$scratch/$name" && go build "$@" -o "$scratch/program" "$name.go")
}

# run NAME FOLDER: what it says on stderr, until it ends by itself
run() {
  timeout -s KILL 20 "$scratch/program" 2>"$scratch/log" >/dev/null || true
  sed -e "s|$scratch/$1/|/src/|" -e "s|$root/|/usr/lib/go/|" "$scratch/log" >"../../$2/$1.log"
}

# ask NAME FOLDER FLAG...: what go test says
ask() {
  mkdir -p "$scratch/test"
  cp cache_test.go "$scratch/test/"
  name=$1
  folder=$2
  shift 2
  (cd "$scratch/test" && go test "$@" cache_test.go) >"$scratch/log" 2>&1 || true
  sed -e "s|$scratch/test/|/src/|" -e "s|$root/|/usr/lib/go/|" "$scratch/log" >"../../$folder/$name.log"
}

for program in race_*.go; do
  build "${program%.go}" -race
  run "${program%.go}" go_race
done
for program in fatal_*.go panic_*.go deadlock.go; do
  build "${program%.go}"
  run "${program%.go}" go_fatal
done
ask test_race go_race -race -v -run TestRace
ask test_panic go_fatal -run TestPanic
ask test_timeout go_fatal -run TestTimeout -timeout 1s
