#!/bin/sh
# Configures the build folder: ci/configure.sh FOLDER ON|OFF, the latter for the tests.  A folder that another compiler
# was configured in starts anew.
set -eu
folder=$1
tests=$2
cc=$(ci/clang.sh)

mkdir -p "$folder"
if [ "$(cat "$folder/.compiler" 2>/dev/null)" != "$cc" ]; then
  rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles" "$folder"/.configured-*
  echo "$cc" >"$folder/.compiler"
fi
echo "heddle: configuring $folder for $cc" >&2
cmake -S . -B "$folder" -G Ninja -DCMAKE_C_COMPILER="$cc" -DHEDDLE_TESTS="$tests" >"$folder/configure.log" ||
  { cat "$folder/configure.log" >&2; exit 1; }
ln -sf "$folder/compile_commands.json" compile_commands.json
