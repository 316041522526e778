#!/bin/sh
# Makes the goldens of the sanitizers anew: OUT/{tsan,asan,lsan,msan,ubsan,libfuzzer}/*.log, from the programs here, by
# whatever there is of clang-19, clang-22 and gcc.  The machine's paths become /src and /build.
#   triage/test/golden/make/sanitizers.sh OUT
# What the parsers make of them is looked at by eye and then noted in the .expect files (test_parse_sanitizers.c).
# shellcheck disable=SC2089,SC2090 # quotes within options are the runtimes' own
set -eu
sources=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
cd "$build"
export ASAN_OPTIONS="symbolize=1" TSAN_OPTIONS="report_signal_unsafe=1 second_deadlock_stack=1"

# compile COMPILER LEVEL SANITIZERS PROGRAM: leaves it as NAME-COMPILER-LEVEL
compile() {
  cc=$1
  case $4 in *.cc) cc=$(echo "$1" | sed -e 's/gcc/g++/' -e 's/clang/clang++/') ;; esac
  command -v "$cc" >/dev/null || return 1
  name=$(basename "$4" | sed 's/[.].*//')
  "$cc" -g "-$2" -w -fno-optimize-sibling-calls "-fsanitize=$3" ${flags:+"$flags"} -ffile-prefix-map="$sources"=/src "$sources/$4" -o "$name-$1-$2" \
    -pthread
}

# run TOOL PROGRAM GOLDEN [ARGUMENT]: the report goes to TOOL/GOLDEN.log
run() {
  mkdir -p "$out/$1"
  timeout -s KILL 20 "./$2" ${4:+"$4"} >"$build/log" 2>&1 || true
  sed -e "s|$build|/build|g" -e "s|$sources|/src|g" "$build/log" >"$out/$1/$3.log"
}

# each TOOL SANITIZERS PROGRAM GOLDEN [ARGUMENT]: with every compiler and at every level
each() {
  for compiler in clang-19 clang-22 gcc; do
    for level in ${levels:-O0 O1 O2}; do
      compile "$compiler" "$level" "$2" "$3" || continue
      run "$1" "$name-$compiler-$level" "$4-$compiler-$level" "${5:-}"
    done
  done
}

each tsan thread race.c race
levels="O1"
each tsan thread atomic.c atomic
each tsan thread use_after_free.c use-after-free threads
each tsan thread free_race.c free-race
each tsan thread vptr.cc vptr
for what in order unlock destroy invalid read unread double; do each tsan thread locks.c "lock-$what" "$what"; done
for what in malloc errno thread null; do each tsan thread signals.c "signal-$what" "$what"; done

levels=
each asan address use_after_free.c use-after-free
levels="O1"
each asan address use_after_free.c use-after-free-threads threads
for what in after before global local twice inside overlap size deep; do
  each asan address memory.c "memory-$what" "$what"
done
each asan address new_free.cc new-free
each lsan address memory.c leak leak
each asan address signals.c null null

levels="O0"
for compiler in clang-19 clang-22; do
  for level in $levels; do
    flags="-fsanitize-memory-track-origins=2" compile "$compiler" "$level" memory uninitialized.c || continue
    run msan "uninitialized-$compiler-$level" "uninitialized-$compiler-$level"
  done
done

levels="O1"
each ubsan undefined undefined.c undefined
export UBSAN_OPTIONS="print_stacktrace=1"
each ubsan undefined undefined.c undefined-stacks
unset UBSAN_OPTIONS
for compiler in clang-19 clang-22; do
  flags=-fsanitize-minimal-runtime compile "$compiler" O1 undefined undefined.c || continue
  run ubsan "undefined-$compiler-O1" "minimal-$compiler-O1"
  compile "$compiler" O1 leak memory.c && run lsan "memory-$compiler-O1" "standalone-$compiler-O1" leak
  compile "$compiler" O1 undefined signals.c && run ubsan "signals-$compiler-O1" "null-$compiler-O1" null
done

mkdir corpus
printf bug >corpus/bug
# fuzz HOW SANITIZERS [SECONDS]: a fuzz target that fails so
fuzz() {
  for compiler in clang-19 clang-22; do
    compile "$compiler" O1 "$2" fuzz.c || continue
    mkdir -p "$out/libfuzzer"
    HOW=$1 timeout -s KILL 20 "./fuzz-$compiler-O1" -runs=1 "-timeout=${3:-20}" -rss_limit_mb=300 corpus >log 2>&1 || true
    sed -e "s|$build|/build|g" log >"$out/libfuzzer/$1-$compiler.log"
  done
}
fuzz timeout fuzzer,address 1
for how in oom use exit; do fuzz "$how" fuzzer,address; done
fuzz abort fuzzer

# In other forms; the quotes are the runtimes' own.
export TSAN_OPTIONS='stack_trace_format="[frame=%n, function=%f, location=%S]"'
compile clang-22 O1 thread race.c && run tsan race-clang-22-O1 format-manual
export TSAN_OPTIONS='stack_trace_format="    #%n %p %F %L" print_summary=0'
run tsan race-clang-22-O1 format-default-no-summary
export TSAN_OPTIONS='dedup_token_length=3 color=always'
run tsan race-clang-22-O1 format-dedup-colour
export ASAN_OPTIONS='stack_trace_format="#%n %S %f" dedup_token_length=3 color=always'
compile clang-22 O1 address memory.c && run asan memory-clang-22-O1 format-place-first after
export ASAN_OPTIONS='symbolize=0'
run asan memory-clang-22-O1 format-no-symbols after
