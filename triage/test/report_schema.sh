#!/bin/sh
# ctest: full
# The JSON form against report.schema.json, and the SARIF form against the rules of its standard; report_schema.py.
set -eu
for python in python3 /usr/bin/python3 ''; do
  "$python" -c 'import jsonschema' 2>/dev/null && break
done
if [ -z "$python" ]; then
  echo "skipped: no python3-jsonschema (ci/install.sh dev)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$HEDDLE_BUILD_DIR/bin/test_report" "$work"
# The published schema of SARIF is no Debian package.  Where npm's @microsoft/jest-sarif is installed, or the variable
# names the file, it judges too.
sarif=${HEDDLE_SARIF_SCHEMA:-}
if [ -z "$sarif" ] && command -v npm >/dev/null; then
  sarif=$(ls "$(npm root -g)"/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0*.json 2>/dev/null | head -1)
fi
"$python" triage/test/report_schema.py "$work" $sarif
