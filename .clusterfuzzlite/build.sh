#!/bin/sh -eu
exec "$SRC/heddle/ci/oss-fuzz/build.sh"
