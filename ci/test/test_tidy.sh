#!/bin/sh
# ctest: quick
# Each rule of the house in ci/tidy lets a clean house pass and names the file that breaks it.
set -u
cc=$(ci/clang.sh) || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# A small house: a map, a scheduler, a target.
house() {
  rm -rf "$work/house"
  mkdir -p "$work/house"
  cp -r ci "$work/house/ci"
  cd "$work/house" || exit 1
  mkdir -p map harness/sched harness/target harness/test triage/stack
  echo 'int map_size;' >map/map.h
  echo '#include "map/map.h"' >map/gomap.c
  echo 'int sched_size;' >harness/sched/sched.h
  echo '#include "sched/sched.h"' >harness/sched/sched.c
  printf '#include <stdio.h>\n#include "sched/sched.h"\n#include "map.h"\n' >harness/target/run.c
  echo '#include "target/run.c"' >harness/test/test_run.c
  echo 'int stack_size;' >triage/stack/stack.h
}

passes() { # rule
  if ! output=$(GIT_DIR=none ci/tidy/"$1".sh 2>&1); then
    failures=$((failures + 1))
    printf '%s fails a clean house:\n%s\n' "$1" "$output"
  fi
}

catches() { # rule, text that its message must have
  if output=$(GIT_DIR=none ci/tidy/"$1".sh 2>&1); then
    failures=$((failures + 1))
    echo "$1 did not catch: $2"
  elif ! echo "$output" | grep -qF -e "$2"; then
    failures=$((failures + 1))
    printf '%s should have said: %s\nbut said:\n%s\n' "$1" "$2" "$output"
  fi
}

start=$PWD
again() { cd "$start" && house; }

again && passes edges && passes paths

again && echo '#include "target/run.c"' >>harness/sched/sched.c
catches edges "harness/sched/sched.c:2: harness/sched may not include harness/target/run.c"

again && echo '#include "../../map/map.h"' >>harness/sched/sched.c
catches edges "harness/sched/sched.c:2: harness/sched may not include map/map.h"

again && echo '#  include  "sched/sched.h"' >>map/gomap.c
catches edges "map/gomap.c:2: map may not include harness/sched/sched.h"

again && echo '#include "stack/stack.h"' >>harness/target/run.c
catches edges "harness/target/run.c:4: no file of the project is called stack/stack.h"

# never.sh reads objects: those of an engine built in build/.
build() { # file, text to add
  echo "$2" >>"$1"
  mkdir -p "build/CMakeFiles/engine_tsan.dir/${1%/*}"
  "$cc" -Iharness -I. -Imap -c "$1" -o "build/CMakeFiles/engine_tsan.dir/$1.o"
}
HEDDLE_BUILD_DIR=build
export HEDDLE_BUILD_DIR

again && catches never "build first"
build harness/sched/sched.c 'int sched_next(void) { return 0; }' && passes never

build harness/sched/sched.c 'int __wrap_sched_yield(void) { return 0; }'
catches never "harness/sched/sched.c: only harness/hooks may define __wrap_sched_yield"
rm harness/sched/sched.c && build harness/target/run.c '' && passes never

again && build harness/sched/sched.c '#include <time.h>
long sched_now(void) { return time(0); }'
catches never "harness/sched/sched.c: below harness/target nothing may call time"

again && mkdir harness/hooks && build harness/hooks/time.c '#include <time.h>
long __wrap_time(long *t) { return time(t); }'
build harness/target/run.c '' && passes never

again && build map/gomap.c 'void __tsan_switch_to_fiber(void *, unsigned);'
catches never "map/gomap.c:2:void __tsan_switch_to_fiber"

again && mkdir harness/cellar && echo 'int x;' >harness/cellar/x.c
catches edges "harness/cellar/x.c: the room harness/cellar has no line"

again && echo "// see /ho""me/someone/notes.txt" >>map/map.h
catches paths "map/map.h:2:"

[ "$failures" = 0 ]
