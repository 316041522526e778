#!/bin/sh
# ctest: full timeout=600 first
# ci/oss-fuzz/build.sh outside a container, with the variables that OSS-Fuzz's base-builder sets: every target is built
# and passes ci/oss-fuzz/check.sh, and that notices what is built wrongly.
#
#   ci/test/test_oss_fuzz.sh          address with libFuzzer, and the controls
#   ci/test/test_oss_fuzz.sh --all    every sanitizer, and the engines none and afl too (ten minutes)
set -u
cc=$(ci/clang.sh)
version=$("$cc" -dumpversion | sed 's/[.].*//')
cxx=$(command -v "clang++-$version" || command -v clang++)
for tool in "$cxx" cmake ninja objdump readelf; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool (ci/install.sh dev)"; exit 77; }
done
if [ "$version" -lt 18 ]; then echo "skipped: the sanitizers of clang $version do not start by themselves everywhere"; exit 77; fi
all=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

expect() { # what, status wanted, words wanted, status found, output
  if [ "$2" != "$4" ] || ! echo "$5" | grep -qF -- "$3"; then
    failures=$((failures + 1))
    printf '%s: status %s, not %s, or not said: %s\n%s\n' "$1" "$4" "$2" "$3" "$5"
  fi
}

# The variables, for a sanitizer and an engine.  Here libFuzzer's archive wants libstdc++, where base-builder has libc++.
environment() {
  export SRC="$work/src" OUT="$work/out-$1-$2" WORK="$work/work-$1-$2" SANITIZER=$1 FUZZING_ENGINE=$2 ARCHITECTURE=x86_64
  export CC="$cc" CXX="$cxx" LIB_FUZZING_ENGINE=-fsanitize=fuzzer
  coverage=-fsanitize=fuzzer-no-link
  link=-static-libstdc++
  undefined=bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift,signed-integer-overflow,vla-bound,vptr
  case $1 in
    address) flags="-fsanitize=address -fsanitize-address-use-after-scope" ;;
    undefined) flags="-fsanitize=$undefined,unsigned-integer-overflow -fno-sanitize-recover=$undefined" ;;
    # TSan's operator new and libstdc++'s are both strong.
    thread) flags=-fsanitize=thread link="$link -Wl,-z,muldefs" ;;
    coverage) flags="" coverage="-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm \
-Wno-unused-command-line-argument" ;;
    *) flags=-fsanitize=$1 ;;
  esac
  case $2 in
    none) coverage="" ;;
    afl)
      # Without afl-clang-fast, which Debian's package has for its own clang alone: compile_afl calls this the workaround.
      coverage=-fsanitize-coverage=trace-pc-guard
      LIB_FUZZING_ENGINE=$work/libFuzzingEngine.a
      cp /usr/lib/afl/libAFLDriver.a "$LIB_FUZZING_ENGINE"
      ar r "$LIB_FUZZING_ENGINE" /usr/lib/afl/afl-compiler-rt.o
      ;;
  esac
  export CFLAGS="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $flags $coverage"
  export CXXFLAGS="$CFLAGS $link"
}

# Builds and checks one combination.
build() { # sanitizer, engine, targets there must be
  environment "$1" "$2"
  if ! ci/oss-fuzz/build.sh >"$work/log" 2>&1; then
    failures=$((failures + 1))
    echo "SANITIZER=$1 FUZZING_ENGINE=$2: build.sh failed"
    tail -n 30 "$work/log"
    return
  fi
  for target in $3; do
    if [ ! -x "$OUT/$target" ]; then
      failures=$((failures + 1))
      echo "SANITIZER=$1 FUZZING_ENGINE=$2: no $target"
    fi
  done
  output=$(ci/oss-fuzz/check.sh 2>&1)
  expect "SANITIZER=$1 FUZZING_ENGINE=$2" 0 " targets, 0 at fault" $? "$output"
  echo "SANITIZER=$1 FUZZING_ENGINE=$2: $(echo "$output" | tail -n 1)"
}

refused() { # what is wrong, words, NAME=VALUE...
  output=$(shift 2 && env "$@" ci/oss-fuzz/build.sh 2>&1)
  expect "$1" 1 "$2" $? "$output"
}

mkdir -p "$work/src"
ln -s "$PWD" "$work/src/heddle"
maps=$(sed -n 's/^MAP(\([a-z0-9_]*\).*/heddle_\1/p' map/registry.def)
readers=$(for file in triage/fuzz/fuzz_*.c; do basename "$file" .c; done)

build address libfuzzer "$maps $readers fuzz_parse_tsan"
for name in $maps $readers; do
  [ -e "$OUT/$name.options" ] || expect "$name" 0 "its options" 1 "there are none"
  if grep -qs '^ \* fuzz: .*dict=' "triage/fuzz/$name.c" || [ -e "dict/$name.dict" ]; then
    [ -e "$OUT/$name.dict" ] || expect "$name" 0 "its dictionary" 1 "there is none"
  fi
done
cp -r "$OUT" "$work/control"

# ---- what is built wrongly is noticed ----
refused "no sanitizer in CFLAGS" "CFLAGS has no -fsanitize=address" CFLAGS=-O1
refused "memory" "its runtime must see all code" SANITIZER=memory
refused "an unheard-of sanitizer" "give address" SANITIZER=hope
refused "an unheard-of engine" "give libfuzzer" FUZZING_ENGINE=hope
refused "maps alone, without libFuzzer" "no target is built so" SANITIZER=thread CFLAGS=-fsanitize=thread FUZZING_ENGINE=honggfuzz

OUT=$work/control
noticed() { # what is wrong, words, target, NAME=VALUE...
  target=$3
  output=$(shift 3 && env "$@" ci/oss-fuzz/check.sh "$target" 2>&1)
  expect "$1" 1 "$2" $? "$output"
}
echo '#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) { return size > 3 && data[0] == 7 && data[9999] ? -1 : 0; }' \
  >"$work/small.c"
"$cc" -O1 -fsanitize=fuzzer "$work/small.c" -o "$OUT/without"
noticed "no sanitizer" "not built with ASan" without A=
noticed "no counters" "hardly instrumented" without A=
noticed "a library" "needs libstdc++.so.6" without A=
cp "$OUT/fuzz_symbol" "$OUT/fuzz+symbol"
noticed "a name" "no such name" fuzz+symbol A=
noticed "ASan instead of TSan" "not built with TSan" heddle_gomap SANITIZER=thread
noticed "ASan instead of UBSan" "built with ASan" fuzz_symbol SANITIZER=undefined
noticed "ASan instead of coverage" "not built for coverage" fuzz_symbol SANITIZER=coverage
noticed "a target that is not there" "no such target" fuzz_nothing A=

# A target whose map is not linked in: gomap's commands, with another name of a map.
commands=$(ninja -C "$WORK/heddle" -t commands bin/heddle_gomap_asan | tail -n 2 |
  sed 's/MAP=\\"gomap\\"/MAP=\\"nomap\\"/; s/heddle_gomap_asan/heddle_nomap_asan/g')
mkdir -p "$WORK/heddle/CMakeFiles/heddle_nomap_asan.dir/harness/target"
(cd "$WORK/heddle" && sh -ec "$commands") >"$work/log" 2>&1 || cat "$work/log"
cp "$WORK/heddle/bin/heddle_nomap_asan" "$OUT/heddle_nomap"
noticed "a target without its map" "nomap: no such map in map/registry.def" heddle_nomap A=

# ---- the other combinations ----
if [ "$all" = --all ]; then
  build undefined libfuzzer "$maps $readers"
  build thread libfuzzer "$maps"
  build coverage libfuzzer "$maps $readers"
  build address none "$maps $readers"
  if command -v afl-fuzz >/dev/null; then build address afl "$readers"; else echo "without afl: no afl-fuzz"; fi
fi
[ "$failures" = 0 ]
