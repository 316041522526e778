#!/bin/sh
# Whether what build.sh put into $OUT will do for $SANITIZER and $FUZZING_ENGINE: ci/oss-fuzz/check.sh [TARGET...]
#
# Of each target: its name is one that OSS-Fuzz takes; it needs no library but libc's; it has the sanitizer's calls and no
# other sanitizer's (the numbers are those of OSS-Fuzz's own bad_build_check); it starts in an empty folder that it may
# not write to, with the sanitizer options of OSS-Fuzz, and takes inputs, those of its seed corpus too.  Where `unshare`
# may, all of the file system but /tmp and /dev/shm is read-only to it.  A line a fault; exits 1 when there was one.
set -u
: "${OUT:?the folder with the targets}" "${SANITIZER:?}"
engine=${FUZZING_ENGINE:-libfuzzer}
# As OSS-Fuzz's base-runner has them.
export ASAN_OPTIONS="alloc_dealloc_mismatch=0:allocator_may_return_null=1:check_malloc_usable_size=0:detect_odr_violation=0:\
detect_leaks=1:detect_stack_use_after_return=1:fast_unwind_on_fatal=0:handle_abort=1:handle_segv=1:handle_sigill=1:\
max_uar_stack_size_log=16:print_scariness=1:quarantine_size_mb=10:strict_memcmp=1:symbolize=1:use_sigaltstack=1"
export UBSAN_OPTIONS="print_stacktrace=1:print_summary=1:silence_unsigned_overflow=1:symbolize=1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR="$work/tmp" # of targets too, which afl-fuzz kills
mkdir "$TMPDIR"
faults=0

fault() { # target, what
  echo "$1: $2"
  faults=$((faults + 1))
}

# Runs a command in an empty folder; its output goes to $work/log.
cage=""
if unshare -m sh -c 'mount --bind / / && mount -o remount,bind,ro /' 2>/dev/null; then
  cage='mount --bind / / && mount --bind /tmp /tmp && mount --bind "$OUT" "$OUT" && mount -o remount,bind,ro / && mount -o remount,bind,ro "$OUT" && '
fi
run() {
  mkdir -p "$work/empty"
  chmod 555 "$work/empty"
  if [ -n "$cage" ]; then
    unshare -m sh -c "$cage"'cd "$0" && exec timeout -s KILL 100 "$@"' "$work/empty" "$@" >"$work/log" 2>&1
  else
    (cd "$work/empty" && exec timeout -s KILL 100 "$@") >"$work/log" 2>&1
  fi
}

# What TARGET.options says under [SECTION], a line each, as NAME=VALUE.
options() { # target, section
  [ ! -e "$OUT/$1.options" ] || awk -F ' = ' -v section="[$2]" '/^\[/ { on = $0 == section; next } on && NF == 2 { print $1 "=" $2 }' "$OUT/$1.options"
}

libraries() {
  ldd "$OUT/$1" | awk '$1 !~ /^(linux-vdso|lib(c|m|dl|rt|resolv|pthread)[.]so|\/lib.*\/ld-linux)/ { print $1 }' |
    while read -r library; do echo "needs $library"; done
}

# Calls of each runtime, by what is called.
instrumentation() {
  objdump -dC --no-show-raw-insn "$OUT/$1" | awk -v sanitizer="$SANITIZER" -v engine="$engine" '
    /callq? +[0-9a-f]+ </ { for (name in names) if (index($0, "<__" name)) calls[name]++ }
    BEGIN { names["asan"]; names["tsan"]; names["msan"]; names["ubsan"] }
    END {
      if (sanitizer == "address" && calls["asan"] < 1000) print "not built with ASan: " calls["asan"] + 0 " calls"
      if (sanitizer == "address" && calls["ubsan"] > 200) print "built with UBSan too: " calls["ubsan"] " calls"
      if (sanitizer != "address" && calls["asan"] > 0) print "built with ASan: " calls["asan"] " calls"
      # Atomics of the maps are calls of __tsan_ in every build.
      if (sanitizer == "thread" && calls["tsan"] < 1000) print "not built with TSan: " calls["tsan"] + 0 " calls"
      if (sanitizer != "thread" && calls["tsan"] > 1000) print "built with TSan: " calls["tsan"] " calls"
      if (calls["msan"] > 3) print "built with MSan: " calls["msan"] " calls"
      # Other engines are of unlike size.
      if (sanitizer == "undefined" && engine == "libfuzzer" && calls["ubsan"] < 168)
        print "not built with UBSan: " calls["ubsan"] + 0 " calls"
    }'
  [ "$SANITIZER" != coverage ] || readelf -SW "$OUT/$1" | grep -q __llvm_covmap || echo "not built for coverage"
}

unpack_seeds() {
  rm -rf "$work/seeds"
  mkdir "$work/seeds"
  echo seed >"$work/seeds/seed"
  [ ! -e "$OUT/$1_seed_corpus.zip" ] || (cd "$work/seeds" && cmake -E tar xf "$OUT/$1_seed_corpus.zip")
}

starts_libfuzzer() {
  run "$OUT/$1" -seed=1337 -runs=4
  grep -q 'Done 4 runs' "$work/log" || { echo "does not start, or fails at once:"; tail -n 20 "$work/log"; }
  places=$(sed -n 's/^INFO: Loaded [0-9]* modules* *(\([0-9]*\) .*counters.*/\1/p' "$work/log")
  # A build for coverage reports has the compiler's own counters instead.
  [ "${places:-0}" -ge 100 ] || [ "$SANITIZER" = coverage ] || echo "hardly instrumented for coverage: ${places:-no} counters"
  dict=""
  [ ! -e "$OUT/$1.dict" ] || dict=-dict=$OUT/$1.dict
  # shellcheck disable=SC2046,SC2086 # words are meant
  run "$OUT/$1" -runs=0 $dict $(options "$1" libfuzzer | sed 's/^/-/') "$work/seeds"
  grep -q 'Done .* runs' "$work/log" || { echo "fails on its seeds:"; tail -n 20 "$work/log"; }
}

starts_none() {
  run sh -c '"$0" "$1"/*' "$OUT/$1" "$work/seeds"
  grep -q 'Done .* runs' "$work/log" || { echo "does not start, or fails on its seeds:"; tail -n 20 "$work/log"; }
}

# afl-fuzz takes it for instrumented and gets through its seeds.
starts_afl() {
  for seed in "$work/seeds"/*; do mv "$seed" "$work/seeds/one" && break; done
  find "$work/seeds" -type f ! -name one -delete
  rm -rf "$work/afl"
  mkdir -p "$work/empty"
  (cd "$work/empty" && unset ASAN_OPTIONS UBSAN_OPTIONS && env AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_FORKSRV_INIT_TMOUT=30000 \
    timeout -s KILL 60 afl-fuzz -m none -V 2 -i "$work/seeds" -o "$work/afl" -- "$OUT/$1") >"$work/log" 2>&1
  grep -q 'All set and ready to roll' "$work/log" || { echo "afl-fuzz does not take it:"; tail -n 20 "$work/log"; }
}

# shellcheck disable=SC2046 # words are meant
[ $# != 0 ] || set -- $(cd "$OUT" && find . -maxdepth 1 -type f -perm -u+x ! -name '*.*' ! -name 'afl-*' ! -name llvm-symbolizer |
  sed 's|^\./||' | sort)
[ $# != 0 ] || fault "$OUT" "no target"
for target; do
  unpack_seeds "$target"
  found=$(
    [ -x "$OUT/$target" ] || echo "no such target"
    case $target in *[!A-Za-z0-9_-]*) echo "OSS-Fuzz takes no such name" ;; esac
    for option in $(options "$target" asan); do ASAN_OPTIONS=$ASAN_OPTIONS:$option; done
    libraries "$target"
    instrumentation "$target"
    "starts_$engine" "$target"
  )
  [ -z "$found" ] || fault "$target" "$found"
done
echo "$# targets, $faults at fault"
[ "$faults" = 0 ]
