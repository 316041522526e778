#!/bin/sh
# Prints the compiler that heddle is built with: the newest clang from 16 up that has its runtime library beside it
# (Debian: clang-N and libclang-rt-N-dev).  CC=clang-19 in the environment chooses another one.
# Prints nothing and exits 2 where there is none.
set -u
oldest=16

# A sanitizer's library stands in the compiler's resource folder, under one of two names.
has_runtime() {
  version=$("$1" --version 2>/dev/null | sed -n 's/.*clang version \([0-9]*\)\..*/\1/p') || return 1
  [ "${version:-0}" -ge "$oldest" ] || return 1
  resources=$("$1" -print-resource-dir) || return 1
  for name in tsan asan fuzzer; do
    set -- "$1" "$resources"/lib/linux/libclang_rt.$name-"$(uname -m)".a "$resources"/lib/*/libclang_rt.$name.a
    [ -e "$2" ] || [ -e "$3" ] || return 1
  done
}

if [ -n "${CC:-}" ]; then
  has_runtime "$CC" && echo "$CC" && exit 0
  echo "ci/clang.sh: CC=$CC is not clang $oldest or newer with its runtime library; unset CC, or install it" >&2
  exit 2
fi

# Every clang-N on the path, newest first, then whatever `clang` is.
for cc in $(IFS=:; for folder in $PATH; do
              for path in "$folder"/clang-[0-9]*; do [ -x "$path" ] && echo "${path##*/}"; done
            done | grep -x 'clang-[0-9]*' | sort -t- -k2,2nr -u) clang; do
  has_runtime "$cc" && echo "$cc" && exit 0
done
exit 2
