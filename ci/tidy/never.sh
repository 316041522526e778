#!/bin/sh
# ctest: quick
# What must never be, read from the object files of the build:
#   - only harness/hooks defines a sanitizer's symbol, a wrapper, or a name of pthread or malloc;
#   - below harness/target there is no clock and no global random state (harness/chaos stands beside it);
#   - a map knows nothing of its tester: map/ names neither heddle's macros nor a sanitizer's interface.
set -eu
build=${HEDDLE_BUILD_DIR:-build}
bad=0

# The objects whose source is still there, hooks and tests left out.
listing=$(mktemp)
trap 'rm -f "$listing"' EXIT
find "$build"/CMakeFiles -path '*.dir/*.c.o' | while IFS= read -r object; do
  source=${object#*.dir/}
  source=${source%.o}
  case $source in
    */test/* | */bench/* | harness/hooks/*) continue ;;
    harness/* | map/* | triage/*) [ ! -f "$source" ] || echo "$object" ;;
  esac
done >"$listing"
if [ ! -s "$listing" ]; then
  echo "no object files in $build: build first"
  exit 1
fi

# nm -A: OBJECT: [ADDRESS] TYPE SYMBOL; U means that the object only calls it.
tr '\n' '\0' <"$listing" | xargs -0 nm -A | awk '
  {
    source = $1
    sub(/^.*[.]dir\//, "", source)
    sub(/[.]o:.*$/, "", source)
    type = $(NF - 1)
    symbol = $NF
    sub(/@.*/, "", symbol)
  }
  type ~ /^[TWDBRVC]$/ && symbol !~ /^__emutls_[vt][.]/ &&
  (symbol ~ /^__(tsan|asan|lsan|ubsan|sanitizer|wrap|interceptor|emutls)_/ || symbol ~ /^pthread_/ ||
   symbol ~ /^(malloc|calloc|realloc|free)$/) {
    complaints[source ": only harness/hooks may define " symbol] = 1
  }
  type == "U" && source ~ /^harness\// && source !~ /^harness\/(target|chaos|program\/[a-z]*_main[.]c)/ &&
  (symbol ~ /^(clock_gettime|gettimeofday|time|clock|nanosleep|usleep|getrandom|getentropy|rand_r)$/ ||
   symbol ~ /^s?rand(om)?$/ || symbol ~ /^[delmnj]rand48$/ || symbol ~ /^arc4random/) {
    complaints[source ": below harness/target nothing may call " symbol] = 1
  }
  END { for (text in complaints) { print text; bad = 1 } exit bad }
' || bad=1

named=$(ci/tidy/files.sh 'map/*.c' 'map/*.h' | grep -v '^map/test/' | tr '\n' '\0' |
  xargs -0 -r grep -nE '\b(HEDDLE_[A-Z]|__(tsan|asan|sanitizer)_|heddle_[a-z])' | grep -vE 'HEDDLE_[A-Z_]+_H\b' || true)
if [ -n "$named" ]; then
  echo "$named"
  echo "a map may know nothing of its tester"
  bad=1
fi
exit "$bad"
