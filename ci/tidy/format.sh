#!/bin/sh
# ctest: quick
# Every source reads as .clang-format says.  `ci/tidy/format.sh --fix` makes it so.
set -eu
cc=$(ci/clang.sh)
format=clang-format-$("$cc" -dumpversion | sed 's/[.].*//')
if ! command -v "$format" >/dev/null; then
  echo "skipped: $format is not installed (ci/install.sh dev)"
  exit 77
fi
mode="--dry-run -Werror"
[ "${1:-}" != --fix ] || mode=-i
# shellcheck disable=SC2086 # two words
ci/tidy/files.sh '*.c' '*.cpp' '*.h' | tr '\n' '\0' | xargs -0 -r "$format" $mode
