#!/bin/sh -eu
# Builds every fuzz target into $OUT, by OSS-Fuzz's contract:
# https://google.github.io/oss-fuzz/getting-started/new-project-guide/#buildsh
#
#   $SRC/heddle          this project           $CC $CXX             a clang, 16 or newer
#   $WORK                for what comes between $CFLAGS $CXXFLAGS    the sanitizer's, for targets that are ours alone
#   $OUT                 where targets go       $LIB_FUZZING_ENGINE  -fsanitize=fuzzer, or an archive with main
#   $SANITIZER           address, undefined, coverage, or thread in lanes of our own
#   $FUZZING_ENGINE      libfuzzer, afl, honggfuzz, none
#
# What is built where; CMakeLists.txt has the lists of targets and how each is made:
#
#               fuzz_*, the readers of triage/   heddle_*, the maps
#   address     with $CFLAGS                     the asan flavour, which has UBSan's checks too
#   undefined   with $CFLAGS                     the plain flavour, which has UBSan's checks alone
#   thread      not: they have one thread        the tsan flavour
#   coverage    with $CFLAGS                     the plain flavour with coverage of the maps
#
# The maps' flavours come from CMakeLists.txt and not from $CFLAGS: instrumented harness code would be watched and
# scheduled itself.  A map's target has the same name under each sanitizer, since an input means the same in each and
# OSS-Fuzz keeps the corpus by that name.  With afl and honggfuzz the maps are left out: they have libFuzzer's counters
# and mutator.  Engine none: each target runs the files that it is given.
sanitizer=${SANITIZER:-address}
engine=${FUZZING_ENGINE:-libfuzzer}
build=$WORK/heddle
cd "$SRC/heddle"

refuse() {
  echo "heddle's build.sh: $*" >&2
  exit 1
}

case $sanitizer in
  address) flavour=asan targets="fuzzers map_targets" needs=-fsanitize=address ;;
  undefined) flavour=plain targets="fuzzers map_targets" needs=-fsanitize= ;;
  thread) flavour=tsan targets=map_targets needs=-fsanitize=thread ;;
  coverage) flavour=plain targets="fuzzers cov_targets" needs=-fcoverage-mapping ;;
  memory) refuse "SANITIZER=memory: its runtime must see all code, and libjansson and libsqlite3 come without" ;;
  *) refuse "SANITIZER=$sanitizer: give address, undefined, thread or coverage" ;;
esac
[ "${ARCHITECTURE:-x86_64}" = x86_64 ] || refuse "ARCHITECTURE=$ARCHITECTURE: never tried, only x86_64 was"
case " ${CFLAGS:-}" in
  *" $needs"*) ;;
  *) refuse "SANITIZER=$sanitizer, but CFLAGS has no $needs" ;;
esac
case $engine in
  libfuzzer | none) ;;
  afl | honggfuzz)
    targets=$(echo "$targets" | sed 's/[a-z]*_targets//')
    [ -n "$targets" ] || refuse "SANITIZER=$sanitizer FUZZING_ENGINE=$engine: no target is built so"
    echo "heddle: without the maps, whose counters and mutator are libFuzzer's" >&2
    ;;
  *) refuse "FUZZING_ENGINE=$engine: give libfuzzer, afl, honggfuzz or none" ;;
esac

mkdir -p "$build" "$OUT"
if [ "$engine" = none ]; then
  LIB_FUZZING_ENGINE=$build/engine_none.o
  # shellcheck disable=SC2086 # words are meant
  "$CC" -O1 $CFLAGS -c ci/oss-fuzz/engine_none.c -o "$LIB_FUZZING_ENGINE"
fi

# CXX links, with CXXFLAGS; CFLAGS are for triage/ alone, where vptr finds nothing: its one file of C++ has no rtti.
triage_flags=$(echo "$CFLAGS -fno-sanitize=vptr" | sed 's/^ *//; s/ *$//; s/  */;/g')
env -u CFLAGS cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_CXX_FLAGS="${CXXFLAGS:-}" -DHEDDLE_TESTS=OFF -DHEDDLE_FLAVOURS=$flavour -DHEDDLE_PORTABLE=ON -DHEDDLE_LAWFUL=ON \
  -DHEDDLE_ENGINE="$LIB_FUZZING_ENGINE" -DHEDDLE_TRIAGE_FLAGS="$triage_flags"
# shellcheck disable=SC2086 # words are meant
cmake --build "$build" --target $targets

# seeds TARGET FILE...: each once, by its digest, for folders that have files of one name.
seeds() {
  target=$1
  shift
  rm -rf "$build/seeds" "$OUT/${target}_seed_corpus.zip"
  mkdir "$build/seeds"
  sha1sum "$@" | while read -r digest file; do cp "$file" "$build/seeds/$digest"; done
  (cd "$build/seeds" && cmake -E tar cf "$OUT/${target}_seed_corpus.zip" --format=zip -- *)
}

for binary in "$build"/bin/fuzz_*; do
  name=${binary##*/}
  [ "${name%.*}" = "$name" ] && [ -x "$binary" ] || continue
  cp "$binary" "$OUT/"
  for more in dict options; do [ ! -e "$binary.$more" ] || cp "$binary.$more" "$OUT/"; done
  # shellcheck disable=SC2046 # no name here has a blank
  [ ! -s "$binary.seeds" ] || seeds "$name" $(xargs -I{} find {} -type f <"$binary.seeds")
done

for binary in "$build"/bin/heddle_*_*; do
  name=${binary##*/}
  name=${name%_*}
  [ -x "$binary" ] && [ -e "dict/$name.dict" ] || continue
  cp "$binary" "$OUT/$name"
  cp "dict/$name.dict" "$OUT/"
  # Frames and fresh memory are laid out as in our own runs, or inputs that fail there would not here.
  printf '[libfuzzer]\nmax_len = 4096\n[asan]\ndetect_leaks = 0\ndetect_stack_use_after_return = 0\nhandle_abort = 0\n' \
    >"$OUT/$name.options"
  # shellcheck disable=SC2046
  seeds "$name" $(find "corpus/seeds/${name#heddle_}" -type f)
done
