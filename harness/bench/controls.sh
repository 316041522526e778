#!/bin/bash
# controls.sh [-n INPUTS] [MAP...] - silence where nothing is wrong: fuzzes every map, or those named, with INPUTS inputs
# (2,000,000) in each flavour, asked only for what the map allows.  The first failure ends its process and is told.
# A line each, and $HEDDLE_BUILD_DIR/bench/controls.json; status 1 where anything was found.
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:=build}/bin
inputs=2000000
while getopts n: option; do
  case $option in
  n) inputs=$OPTARG ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
maps=("$@")
[ ${#maps[@]} -gt 0 ] || mapfile -t maps < <(sed -n 's/^MAP(\([a-z0-9_]*\),.*/\1/p' map/registry.def)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$HEDDLE_BUILD_DIR/bench"

run() { # MAP FLAVOUR: a line in $work/result.MAP.FLAVOUR
  local map=$1 flavour=$2 folder=$work/$1.$2 status=0 began=$SECONDS done_inputs
  mkdir -p "$folder/corpus"
  "$bin/heddle_${map}_$flavour" --heddle_use=lawful -runs="$inputs" -max_len=4096 -timeout=60 -rss_limit_mb=8192 \
    -artifact_prefix="$folder/" "$folder/corpus" "corpus/seeds/$map" >"$folder/log" 2>&1 || status=$?
  done_inputs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$folder/log")
  if [ $status != 0 ]; then
    grep '^heddle: ERROR' "$folder/log" >&2 || tail -5 "$folder/log" >&2
    cp "$folder"/crash-* "$HEDDLE_BUILD_DIR/bench/" 2>/dev/null || true
  fi
  printf '{"map":"%s","flavour":"%s","inputs":%d,"findings":%d,"seconds":%d}\n' "$map" "$flavour" "${done_inputs:-0}" \
    $((status != 0)) $((SECONDS - began)) | tee "$work/result.$map.$flavour"
}

for map in "${maps[@]}"; do
  for flavour in tsan asan; do
    run "$map" "$flavour" &
  done
  wait
done
{
  echo '['
  cat "$work"/result.* | sed '$!s/$/,/'
  echo ']'
} >"$HEDDLE_BUILD_DIR/bench/controls.json"
! grep -q '"findings":1' "$HEDDLE_BUILD_DIR/bench/controls.json"
