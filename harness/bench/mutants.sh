#!/bin/bash
# mutants.sh [--update] [ID] - replays the regression input of every planted bug (map/mutants.def), or of ID, in each
# flavour in which it is to be seen: a line each, and all of them in $HEDDLE_BUILD_DIR/bench/mutants.json.  Status 1 where
# one is not seen by the oracle, or under the key, that is expected.
#
# --update takes the keys that were seen for those expected: corpus/regressions/mutants/keys.txt.
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:=build}/bin
folder=corpus/regressions/mutants
update=
if [ "${1-}" = --update ]; then
  update=1
  shift
fi
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
mkdir -p "$HEDDLE_BUILD_DIR/bench"

status=0
told=0
for flavour in tsan asan; do
  code=0
  "$bin/heddle_mutants_$flavour" --heddle_mode=mutants --heddle_input="$folder" --heddle_json \
    ${1:+--heddle_mutant="$1"} >>"$lines" || code=$?
  case $code in
  0 | 1) told=1 ;;
  2) [ -n "${1-}" ] || exit 2 ;; # not to be seen in this flavour
  *) exit $code ;;
  esac
  [ $code != 1 ] || status=1
done
[ $told = 1 ] || exit 2

member='s/.*"id":"\([^"]*\)","flavour":"\([^"]*\)","expected":"\([^"]*\)","seen":"\([^"]*\)","kind":"\([^"]*\)","key":"\([^"]*\)".*"ok":\([a-z]*\).*'
sed "$member/\1 \2 \3 \4 \7/" "$lines" | sort | {
  printf '%-46s %-6s %-27s %-27s %s\n' id flavour expected seen ok
  while read -r id flavour expected seen ok; do
    printf '%-46s %-6s %-27s %-27s %s\n' "$id" "$flavour" "$expected" "$seen" "$ok"
  done
}
{
  echo '['
  sed '$!s/$/,/' "$lines"
  echo ']'
} >"$HEDDLE_BUILD_DIR/bench/mutants.json"

if [ -n "$update" ]; then
  touch "$folder/keys.txt"
  {
    sed "$member/\1 \2 \6 \5/" "$lines"
    sed "$member/^\1 \2 /" "$lines" | grep -v -f - "$folder/keys.txt" || true
  } | sort >"$folder/keys.new"
  mv "$folder/keys.new" "$folder/keys.txt"
fi
exit $status
