#!/bin/sh
# ctest: quick
# The Makefile: help names every target, each variable reaches heddle, and heddle's status becomes make's as help says.
# heddle itself is a stand-in that prints its arguments.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
mkdir "$work/bin"
unset MAKEFLAGS MFLAGS MAKELEVEL MAP FUZZ_TIME FLAVOUR JOBS OUT CRASH

expect() { # what, wanted, found
  [ "$2" = "$3" ] && return
  failures=$((failures + 1))
  printf '%s: expected\n  %s\nbut found\n  %s\n' "$1" "$2" "$3"
}

front() { # arguments of make; sets output and status.  Nothing is built.
  output=$(make -o targets BUILD="$work" "$@" 2>&1)
  status=$?
}

ends_with() { # heddle's status
  printf '#!/bin/sh\necho "heddle $*"\nexit %s\n' "$1" >"$work/bin/heddle"
  chmod +x "$work/bin/heddle"
}

help=$(make)
expect "a bare make is make help" "$help" "$(make help)"
for target in $(sed -n 's/^\.PHONY: \(help.*\)/\1/p' Makefile); do
  [ "$target" = help ] || echo "$help" | grep -q "^ *make $target " || expect "help on make $target" "a line" "none"
done

ends_with 0
front fuzz
expect "fuzz" "heddle fuzz --map=gomap --time=60 --out=out" "$output"
front fuzz MAP=rwmap FUZZ_TIME=0 FLAVOUR=tsan,asan JOBS=3 OUT="two words"
expect "fuzz, all variables" "heddle fuzz --map=rwmap --time=0 --flavour=tsan,asan --jobs=3 --out=two words" "$output"
front repro CRASH="a file" FLAVOUR=asan
expect "repro" "heddle repro --flavour=asan a file" "$output"
front minimize CRASH=f
expect "minimize" "heddle minimize f" "$output"
front show CRASH=f
expect "show" "heddle show f" "$output"
front list OUT=elsewhere
expect "list" "heddle list elsewhere" "$output"

front repro
expect "repro without CRASH: status" 2 "$status"
expect "repro without CRASH: says what to do" "make repro needs CRASH=file, an input that heddle saved" \
  "$(echo "$output" | head -n 1)"

ends_with 1
front fuzz
expect "findings are no failure of make fuzz" 0 "$status"
front repro CRASH=f
expect "not reproduced is a failure of make repro" 2 "$status"
ends_with 4
front fuzz
expect "a target that does not start is a failure of make fuzz" 2 "$status"

[ "$failures" = 0 ]
