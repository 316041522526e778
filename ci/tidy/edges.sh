#!/bin/sh
# ctest: quick
# Checks every #include "..." of the house against edges.def, which says what each room may include.
set -eu

# Each line for awk: a line of edges.def, or an include as `FILE "NAME"`.
{
  sed 's/#.*//; /^ *$/d; s/^/ROOM /' ci/tidy/edges.def
  ci/tidy/files.sh '*.c' '*.cpp' '*.h' '*.def' | sed 's/^/FILE /'
  ci/tidy/files.sh '*.c' '*.cpp' '*.h' '*.def' | while IFS= read -r file; do
    grep -Hn '^ *# *include *"' "$file" | sed 's/^\([^:]*\):\([0-9]*\):[^"]*"\([^"]*\)".*/INCLUDE \1 \2 \3/'
  done
} | awk '
  function folder(path) { return match(path, /\/[^\/]*$/) ? substr(path, 1, RSTART - 1) : "." }
  function complain(text) { print text; bad = 1 }
  # A glob of edges.def: * stands for anything.
  function fits(path, glob) {
    gsub(/[.]/, "[.]", glob); gsub(/[*]/, ".*", glob)
    return path ~ "^" glob "$"
  }
  # Where the compiler finds it: beside the including file, then on the include path.
  function resolve(from, name,   tries, i) {
    split(folder(from) "/" name "\n" "harness/" name "\n" name "\n" "map/" name, tries, "\n")
    for (i = 1; i <= 4; i++) {
      while (tries[i] ~ /[^\/.]+\/\.\.\//) sub(/[^\/.]+\/\.\.\//, "", tries[i])
      if (tries[i] in exists) return tries[i]
    }
    return ""
  }
  $1 == "ROOM" { room = $2; sub(/:$/, "", room); known[room] = 1; for (i = 3; i <= NF; i++) allowed[room] = allowed[room] " " $i }
  $1 == "FILE" {
    exists[$2] = 1
    room = folder($2)
    if ($2 ~ /^(map|harness|triage)\// && room !~ /\/(test|bench|fuzz)(\/|$)/ && !(room in known))
      complain($2 ": the room " room " has no line in ci/tidy/edges.def")
  }
  $1 == "INCLUDE" {
    room = folder($2)
    if (room in known) {
      target = resolve($2, $4)
      ok = folder(target) == room
      count = split(allowed[room], globs, " ")
      for (i = 1; i <= count; i++) ok = ok || fits(target, globs[i])
      if (target == "") complain($2 ":" $3 ": no file of the project is called " $4)
      else if (!ok) complain($2 ":" $3 ": " room " may not include " target " (ci/tidy/edges.def)")
    }
  }
  END { exit bad }
'
