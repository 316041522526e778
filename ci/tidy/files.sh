#!/bin/sh
# Prints the project's own files, one a line, as git would commit them; without git, all but what a build leaves.
# Arguments are patterns of `case`: ci/tidy/files.sh '*.c' '*.h'
set -eu
if git rev-parse --show-cdup >/dev/null 2>&1; then
  git ls-files --cached --others --exclude-standard
else
  find . -type d \( -name .git -o -name 'build*' -o -name out \) -prune -o -type f -print | sed 's|^\./||'
fi | sort -u | while IFS= read -r file; do
  [ -f "$file" ] || continue
  [ $# != 0 ] || echo "$file"
  for pattern; do
    # shellcheck disable=SC2254 # a pattern is meant
    case $file in $pattern) echo "$file"; break ;; esac
  done
done
