#!/bin/sh
# ctest: full
# The published data sets in triage/test/reliability/ through `heddle mtbf --json`; mtbf_reference.py.
set -eu
if ! command -v python3 >/dev/null; then
  echo "skipped: no python3 (ci/install.sh dev)"
  exit 77
fi
python3 triage/test/mtbf_reference.py "$HEDDLE_BUILD_DIR/bin/heddle" triage/test/reliability
