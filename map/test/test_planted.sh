#!/bin/sh
# A bug that is planted and not selected leaves no trace in a map, and mutants.def tells the truth about who has which.
#
# map/ is copied twice, and from one copy the planted code is taken out again, in the forms of map/planted.h: it becomes
# blanks, so that everything else keeps its line and its column.  Every source that had a plant, or includes a header
# that had, is then compiled from both copies, with the command of each flavour's build (but not the one that counts
# coverage by source, whose tables describe the text).  What is compared is the whole object file without its debug
# sections: code, data, relocations, coverage tables, symbols and the places that UBSan names.  Debug sections are left
# out because they may note a type or a name that only planted code uses; none of them is loaded.
set -eu
build=${HEDDLE_BUILD_DIR:-build}
root=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt")
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
objcopy=$("$compiler" -print-prog-name=llvm-objcopy)
if ! command -v "$objcopy" >/dev/null; then
  echo "skipped: $compiler has no llvm-objcopy beside it"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
complain() {
  echo "$1"
  bad=1
}

# ---- taking planted code out ----


# Makes the tree $1 a copy of map/, beside the harness's headers.
copy_tree() {
  mkdir -p "$1/object"
  cp -R "$root/map" "$1/map"
  ln -s "$root/harness" "$1/harness"
}

# Takes the planted code out of the sources of tree $1.
strip_tree() {
  for file in "$1"/map/*.[ch]; do
    [ "${file##*/}" != planted.h ] || continue
    awk -f "$root/map/test/strip_planted.awk" "$file" >"$work/stripped" || bad=1
    cmp -s "$work/stripped" "$file" || cp "$work/stripped" "$file"
  done
}

# ---- comparing ----

# The build's commands for sources of map/, one a line: FLAVOUR SOURCE COMMAND, relative to the top folder.
commands() {
  sed -n 's/^ *"command": "\(.*\)",*$/\1/p' "$build/compile_commands.json" | sed 's/\\"/"/g' |
    awk -v root="$root" '
      {
        for (i = 1; i <= NF; i++) if ($i == "-o") { object = $(i + 1); $i = $(i + 1) = "" }
        if (object !~ /CMakeFiles\/map_(tsan|asan|plain)[.]dir\/map\/[a-z0-9_]+[.]c[.]o$/) next
        split(object, parts, /map_|[.]dir/)
        source = $NF
        sub("^" root "/", "", source)
        gsub("-I" root "/", "-I"); gsub("-I" root, "-I."); gsub(root "/", "")
        print parts[2], source, $0
      }'
}

# Compiles in tree $1 what $work/commands lists, into $1/object, without debug sections.
compile_tree() {
  while read -r flavour source command; do
    object=object/$flavour.$(basename "$source" .c).o
    echo "cd '$1' && $command -w -o $object && '$objcopy' --strip-debug $object"
  done <"$work/commands" | tr '\n' '\0' | xargs -0 -r -n 1 -P "$(nproc)" sh -ec || complain "$1 does not compile"
}

# The objects that differ between two trees.
differences() {
  for object in "$1"/object/*.o; do
    cmp -s "$object" "$2/object/${object##*/}" || echo "${object##*/}"
  done
}

# ---- the maps ----

copy_tree "$work/planted"
copy_tree "$work/clean"
strip_tree "$work/clean"
if left=$(grep -n 'PLANTED(' "$work"/clean/map/*.[ch] | grep -v '/planted[.]h:'); then
  complain "planted code is left: $left"
fi

# A source matters where it was changed, or a header was.
changed_headers=$(cd "$work/clean/map" && for f in *.h; do cmp -s "$f" "$work/planted/map/$f" || echo "$f"; done)
commands | while read -r flavour source command; do
  if [ -n "$changed_headers" ] || ! cmp -s "$work/clean/$source" "$work/planted/$source"; then
    echo "$flavour $source $command"
  fi
done >"$work/commands"
if [ ! -s "$work/commands" ]; then
  complain "the build in $build compiles no map with planted code"
fi
compile_tree "$work/planted"
compile_tree "$work/clean"
for object in $(differences "$work/planted" "$work/clean"); do
  complain "$object: planted code leaves a trace"
done
echo "compared $(find "$work/clean/object" -name '*.o' | wc -l) objects"

# ---- the list ----

# Each line: FILE ID, for every plant in the sources.
(cd "$work/planted/map" && grep -o 'PLANTED([a-z0-9_]*)' ./*.[ch]) |
  sed -n 's|^[.]/\(.*\):PLANTED(\(.*\))$|\1 \2|p' | grep -v '^planted[.]h ' | sort -u >"$work/used"
# Each line: ID MAP.
sed -n 's/^MUTANT(\([a-z0-9_]*\), *\([a-z0-9_]*\),.*/\1 \2/p' "$root/map/mutants.def" >"$work/listed"
cut -d ' ' -f 1 "$work/listed" | sort | uniq -d | while read -r id; do echo "$id is listed twice"; done >"$work/twice"
[ ! -s "$work/twice" ] || complain "$(cat "$work/twice")"

# The files of a map: those that begin with its name or with that of a header that one of them includes.
files_of() {
  stems=$1
  while :; do
    more=$(cd "$work/planted/map" && for stem in $stems; do
      echo "$stem"
      cat "$stem".c "$stem"_*.c "$stem".h "$stem"_*.h 2>/dev/null | sed -n 's|^#include "map/\([a-z0-9_]*\)[.]h".*|\1|p' |
        grep -vx -e map -e planted | sed 's/_internal$//'
    done | sort -u | tr '\n' ' ')
    [ "$more" != "$stems" ] || break
    stems=$more
  done
  for stem in $stems; do (cd "$work/planted/map" && ls "$stem".[ch] "$stem"_*.[ch] 2>/dev/null) || true; done
}

cut -d ' ' -f 2 "$work/listed" | sort -u | while read -r map; do
  grep -q "^MAP($map," "$root/map/registry.def" || echo "$map is in mutants.def and not in registry.def"
  files_of "$map" | sort -u >"$work/files"
  awk -v map="$map" '
    FILENAME ~ /files$/ { file[$1] = 1; next }
    FILENAME ~ /used$/ { if ($1 in file) used[$2] = 1; next }
    $2 == map && !($1 in used) { print $1 ": no file of " map " has it planted" }
    $2 == map && index($1, map "_") != 1 { print $1 ": its name does not begin with its map, " map }
  ' "$work/files" "$work/used" "$work/listed"
done >"$work/complaints"
awk 'NR == FNR { listed[$1] = 1; next } !($2 in listed) { print $1 ": " $2 " is planted and not in mutants.def" }' \
  "$work/listed" "$work/used" >>"$work/complaints"
[ ! -s "$work/complaints" ] || complain "$(cat "$work/complaints")"
echo "found $(cut -d ' ' -f 2 "$work/used" | sort -u | wc -l) planted bugs, $(wc -l <"$work/listed") are listed"

# ---- the test itself: what does leave a trace is noticed ----

# Takes a file with one planted line apart; prints what is left, and fails where the form is not one of planted.h.
strip_text() {
  printf '%s\n' "$1" >"$work/text.c"
  awk -f "$root/map/test/strip_planted.awk" "$work/text.c" 2>/dev/null
}
expect_text() {
  [ "$(strip_text "$1" | tr -s ' \n' ' ')" = "$2" ] || complain "stripping '$1' does not give '$2'"
}
expect_text '
  if (PLANTED(a))
    one(")", /* ; */ 2);
  two();' ' two(); '
expect_text '
  if (PLANTED(a)) { one(); if (PLANTED(b)) two(); }
  three();' ' three(); '
expect_text '
  if (PLANTED(a))
    for (;;)
      if (one) two(); else three();
  four();' ' four(); '
expect_text '
  if (!PLANTED(a))
    one();' ' one(); '
expect_text 'return PLANTED(a) || one;' 'return one; '
expect_text 'if (!PLANTED(a) && one) two();' 'if ( one) two(); '
expect_text 'x = PLANTED(a) ? one(2) : three;' 'x = three; '
for text in 'switch (PLANTED(a)) {}' 'if (PLANTED(a) && one) two();' 'x = PLANTED(a);' 'x = !PLANTED(a) ? 1 : 2;' '
  if (PLANTED(a))
    one();
  else
    two();'; do
  if strip_text "$text" >/dev/null; then
    complain "'$text' was taken for one of the forms of planted.h"
  fi
done

# A plant that is of one of the forms and yet is in the unselected code: `a && 0 || b` is not `a && b`.  And a stripped
# copy in which one constant has changed.
grep '^[a-z]* map/rwmap[.]c ' "$work/commands" | head -n 1 >"$work/one"
mv "$work/one" "$work/commands"
for tree in trace sabotage; do
  copy_tree "$work/$tree"
done
cat >>"$work/trace/map/rwmap.c" <<'C'
bool rwmap_control(bool a, bool b);
bool rwmap_control(bool a, bool b) { return a && PLANTED(rwmap_control) || b; }
C
cp -R "$work/trace" "$work/traceless"
strip_tree "$work/traceless"
strip_tree "$work/sabotage"
sed 's/return status;/return (enum map_status)(status ^ 1);/' "$work/clean/map/rwmap.c" >"$work/sabotage/map/rwmap.c"
for tree in trace traceless sabotage; do
  rm -f "$work/$tree"/object/*.o
  compile_tree "$work/$tree"
done
[ -n "$(differences "$work/trace" "$work/traceless")" ] || complain "a plant that leaves a trace was not noticed"
[ -n "$(differences "$work/sabotage" "$work/clean")" ] || complain "a change beside the plants was not noticed"
exit "$bad"
