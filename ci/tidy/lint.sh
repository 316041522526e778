#!/bin/sh
# ctest: quick timeout=1500 first
# clang-tidy over every source, with the checks of .clang-tidy; a function past 70 lines fails here too.
set -eu
cc=$(ci/clang.sh)
tidy=clang-tidy-$("$cc" -dumpversion | sed 's/[.].*//')
if ! command -v "$tidy" >/dev/null; then
  echo "skipped: $tidy is not installed (ci/install.sh dev)"
  exit 77
fi

# In tests the analyzer would have to know that cmocka's assertions do not return, and scenarios are wrong on purpose.
# The flags that the build gives every source; CMakeLists.txt has the rest, which say nothing about the text.
ci/tidy/files.sh '*.c' | tr '\n' '\0' | xargs -0 -r -n 1 -P "$(nproc)" sh -c '
  case $1 in */test/*) checks=-clang-analyzer-*,-bugprone-suspicious-realloc-usage ;; *) checks= ;; esac
  "$0" --quiet --checks="$checks" "$1" -- -std=gnu11 -D_GNU_SOURCE= -Iharness -I. -Imap -Wall -Wextra -Wshadow -Wconversion \
    -Wno-sign-conversion -DHEDDLE_VERSION="\"0\"" -DHEDDLE_SYMBOLIZER="\"\"" -DHEDDLE_SOURCE_DIR="\".\"" \
    -DHEDDLE_BUILD_DIR="\"build\"" -DHEDDLE_FLAVOUR_TSAN=1 -DHEDDLE_FLAVOUR="\"tsan\"" -DHEDDLE_MAP="\"gomap\"" \
    -DHEDDLE_TEST_COMMAND="\"\"" -DHEDDLE_TEST_TARGET="\"\"" \
    2>&1 | grep -v -e "warnings\{0,1\} generated" -e "^Suppressed" -e "^Use -" && exit 1; exit 0' "$tidy"
