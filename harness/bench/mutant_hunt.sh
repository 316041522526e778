#!/bin/bash
# mutant_hunt.sh [-n TIMES] [-t SECONDS] [ID...] - how long heddle takes to find each planted bug (map/mutants.def), or
# those named: TIMES campaigns (5) with default options, each until the oracle expected has seen it, SECONDS (60) at most.
# A line of map/README.md's table each, and all of them in $HEDDLE_BUILD_DIR/bench/mutant_hunt.md: the median of the inputs
# run until then, `-` where fewer than half of the campaigns found it, and what its regression input is like.
# Status 1 where a bug was not found by every campaign.
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:=build}/bin
folder=corpus/regressions/mutants
times=5
limit=60
while getopts n:t: option; do
  case $option in
  n) times=$OPTARG ;;
  t) limit=$OPTARG ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$HEDDLE_BUILD_DIR/bench"
table=$HEDDLE_BUILD_DIR/bench/mutant_hunt.md

# The oracle that a campaign over both flavours is to wait for.
oracle_of() {
  sed -n "s/^MUTANT($1, [a-z_]*, [A-Z_]*, \"\([^\"]*\)\", \"\([^\"]*\)\".*/\1 \2/p" map/mutants.def | {
    read -r tsan asan
    if [ "$tsan" = - ]; then echo "$asan"; else echo "$tsan"; fi
  }
}
# What the campaign is to wait for: a map that is used against its rules frees things twice as well.
sought_of() { # ID ORACLE: words, with commas
  local asan
  asan=$(sed -n "s/^MUTANT($1, [^\"]*\"[^\"]*\", \"\([^\"]*\)\".*/\1/p" map/mutants.def)
  if grep -q "^MUTANT($1, [a-z_]*, LEAK, \"memory\"" map/mutants.def; then
    echo memory-leak
  elif [ "$asan" = - ] || [ "$asan" = "$2" ]; then
    echo "$2"
  else
    echo "$2,$asan" # the same failure may have been filed from the other flavour first
  fi
}
# Inputs until the first finding of that oracle or kind; nothing where there is none.
inputs_of() { # OUT SOUGHT
  "$bin/heddle" list --json "$1" | tr -d '\n' | sed 's/},* *{/}\n{/g' | grep -E "\"(oracle|kind)\": \"(${2//,/|})\"" |
    sed -n 's/.*"inputs_at_first": \([0-9]*\).*/\1/p' | sort -n | sed -n 1p
}
median_of() { sort -n | sed -n "$((times / 2 + 1))p"; }

ids=("$@")
[ ${#ids[@]} -gt 0 ] || mapfile -t ids < <(sed -n 's/^MUTANT(\([a-z0-9_]*\),.*/\1/p' map/mutants.def)
status=0
{
  echo '| planted bug | seen by | inputs | bytes | operations | threads | switches |'
  echo '|---|---|---|---|---|---|---|'
} | tee "$table"
for id in "${ids[@]}"; do
  oracle=$(oracle_of "$id")
  [ -n "$oracle" ] || { echo "mutant_hunt: $id: not in map/mutants.def" >&2; exit 2; }
  sought=$(sought_of "$id" "$oracle")
  : >"$work/inputs"
  for ((i = 0; i < times; i++)); do
    rm -rf "$work/out"
    "$bin/heddle" fuzz --map="$id" --time="$limit" --until="$sought" --out="$work/out" >/dev/null 2>"$work/log" || [ $? = 1 ] ||
      { cat "$work/log" >&2; exit 4; }
    inputs_of "$work/out" "$sought" >>"$work/inputs" || true
  done
  [ "$(wc -l <"$work/inputs")" = "$times" ] || status=1
  median=$(median_of <"$work/inputs")
  "$bin/heddle" show --map="$id" --json "$folder/$id" >"$work/show"
  printf '| %s | %s | %s | %d | %d | %d | %d |\n' "$id" "$oracle" "${median:--}" "$(wc -c <"$folder/$id")" \
    "$(grep -o '"op":' "$work/show" | wc -l)" "$(sed 's/.*"threads":\([0-9]*\).*/\1/' "$work/show")" \
    "$(grep -o '"kind":"switch"' "$work/show" | wc -l)"
done | tee -a "$table"
exit $status
