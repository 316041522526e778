#!/bin/sh
# ctest: full
# `heddle mtbf` draws: its SVG files are well-formed XML with what they need in them, its characters keep to 12 lines and to
# ASCII where the locale has no other, and JSON has no picture.
set -eu
heddle=$HEDDLE_BUILD_DIR/bin/heddle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
expect() { # what, command...
  what=$1
  shift
  "$@" || { echo "FAIL $what"; failures=$((failures + 1)); }
}

printf 'time,event,count\n16,1,1\n34,1,2\n53,1,1\n93,1,1\n120,0,4\n' >"$work/lives.csv"
printf 'time,event\n7,0\n8,0\n' >"$work/censored.csv"
printf 'time,event\n' >"$work/empty.csv"
printf 'time\n5\n9\n40\n200\n900\n' >"$work/arrivals.csv"
printf 'time\n1\n' >"$work/one.csv"
cat >"$work/judge.py" <<'EOF'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
names = {element.tag.split("}")[1] for element in root.iter()}
assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("viewBox"), root.tag
assert names <= {"svg", "style", "path", "line", "text", "circle", "rect", "title"}, names
numbers = [value for element in root.iter() for name, value in element.attrib.items() if name in ("x", "y", "d", "cx", "cy")]
assert not any("nan" in value or "inf" in value for value in numbers), numbers
assert sum(element.tag.endswith("circle") for element in root.iter()) == int(sys.argv[2]), "circles"
EOF

draw() { # file, circles, options...
  file=$1
  circles=$2
  shift 2
  expect "$file: drawn" "$heddle" mtbf --data="$work/$file" --svg="$work/$file.svg" "$@" >"$work/$file.txt"
  expect "$file: SVG" python3 "$work/judge.py" "$work/$file.svg" "$circles"
}
draw lives.csv 6 # a failure each, and one in the legend
draw censored.csv 0
draw arrivals.csv 5 --arrivals --end=1000
draw one.csv 1 --arrivals --end=1000

picture() { # file, locale, options...: what stands between the estimate and the next title
  file=$1
  locale=$2
  shift 2
  LC_ALL=$locale "$heddle" mtbf --data="$work/$file" "$@" | awk '/^MTBF/ {on = 1; next} on && /^[A-Z]/ {exit} on' | sed 1d
}
is_ascii() { ! LC_ALL=C grep -q '[^ -~]' "$1"; }
for file in lives.csv arrivals.csv; do
  options=
  [ "$file" = lives.csv ] || options='--arrivals --end=1000'
  for locale in C C.UTF-8; do
    # shellcheck disable=SC2086 # none, or two words
    picture "$file" "$locale" $options | sed '$d' >"$work/picture"
    expect "$file in $locale: 12 lines" [ "$(wc -l <"$work/picture")" = 12 ]
    expect "$file in $locale: the width" [ "$(wc -L <"$work/picture")" -le 100 ]
    [ "$locale" = C.UTF-8 ] || expect "$file in C: ASCII" is_ascii "$work/picture"
  done
  expect "$file: braille" grep -q '⠒' "$work/picture"
done
"$heddle" mtbf --json "$work/lives.csv" >"$work/json"
expect "JSON alone" python3 -m json.tool "$work/json" "$work/json.out"
status=0
"$heddle" mtbf --data="$work/empty.csv" --svg="$work/empty.svg" >"$work/out" 2>"$work/err" || status=$?
expect "nothing to draw" [ "$status" = 3 ]
expect "and no file" [ ! -e "$work/empty.svg" ]
status=0
"$heddle" mtbf --data="$work/lives.csv" --svg="$work/no/such/folder.svg" >"$work/out" 2>"$work/err" || status=$?
expect "a place that cannot be written" [ "$status" = 2 ]
expect "and what to do" grep -q 'give an --svg that can be written' "$work/err"
[ "$failures" = 0 ]
