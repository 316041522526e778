#!/bin/sh
# ctest: full timeout=300 serial
# Whatever is given to `heddle ingest`: a line that says what and why, the right status, the other files taken in, and no
# more memory than 64 MiB above what one small log takes.  --all adds what is too large for every day, 2 GiB in one line.
#   triage/test/test_bad_input.sh [--all]        prints a table: case, status, peak KiB above the small log's, milliseconds
set -eu
heddle=$(realpath "$HEDDLE_BUILD_DIR/bin/heddle")
meter=$(realpath "$HEDDLE_BUILD_DIR/bin/fake_meter")
golden=$PWD/triage/test/golden/tsan/race-clang-22-O0.log
all=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
base=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# ingest NAME STATUS REASON PATH...: what heddle says must hold the reason, on a line of its own with no control bytes.
ingest() {
  name=$1 wanted=$2 reason=$3
  shift 3
  rm -f store.db*
  "$meter" took "$heddle" ingest --store=store.db "$@" >out 2>err
  read -r status peak wall <took
  above=$((peak - base))
  printf '%-32s %3d %8d %7d\n' "$name" "$status" "$above" "$wall"
  [ "$status" -eq "$wanted" ] || fail "$name: status $status, not $wanted: $(head -c 300 err)"
  [ "$base" -eq 0 ] || [ "$above" -le 65536 ] || fail "$name: $above KiB above the small log"
  if [ -n "$reason" ]; then
    grep -qF -- "$reason" err || fail "$name: nothing says \`$reason\`: $(head -c 300 err)"
  elif [ -s err ]; then
    fail "$name: $(head -c 300 err)"
  fi
  grep -q '^heddle: ' err || [ ! -s err ] || fail "$name: not heddle's words: $(head -c 300 err)"
  quiet "$name" out err
}

# quiet NAME FILE...: nothing in them would move a terminal.
quiet() {
  name=$1
  shift
  if LC_ALL=C tr -d '\n' <"$1" | LC_ALL=C grep -q '[[:cntrl:]]'; then fail "$name: control bytes in $1"; fi
  if [ $# -gt 1 ]; then
    shift
    quiet "$name" "$@"
  fi
}

# race FUNCTION FILE: one report with that name in it
race() {
  printf 'WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8 at 0x1 by thread T1:\n'
  printf '    #0 %s %s:12:3 (prog+0x12)\n\n' "$1" "$2"
  printf '  Previous read of size 8 at 0x1 by main thread:\n    #0 get src/map.c:30:1 (prog+0x34)\n\n'
  printf 'SUMMARY: ThreadSanitizer: data race src/map.c:12:3 in put\n==================\n'
}

# repeat COUNT TEXT
repeat() { yes "$2" | head -n "$1" | tr -d '\n'; }

nothing='no report of a sanitizer'
printf '%-32s %3s %8s %7s\n' case st. KiB ms
race put src/map.c >good.log
ingest 'one small log' 0 '' good.log
base=$peak

: >empty.log
ingest 'empty' 3 "$nothing" empty.log
head -c 8388608 /dev/urandom >binary.log
ingest 'binary, 8 MiB' 3 "$nothing" binary.log
truncate -s 2G zeros.log
ingest 'zeros, 2 GiB' 3 "$nothing" zeros.log
rm zeros.log
head -c 67108864 /dev/zero | tr '\0' x >line.log
ingest 'one line, 64 MiB' 3 "$nothing" line.log
if [ "$all" = --all ]; then
  head -c 2147483648 /dev/zero | tr '\0' x >line.log
  ingest 'one line, 2 GiB' 3 "$nothing" line.log
  { cat good.log && cat line.log; } >both.log
  ingest 'a report, then that line' 0 '' both.log
fi
rm -f line.log both.log

{
  printf 'WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8 at 0x1 by thread T1:\n'
  seq 0 999999 | sed 's/.*/    #& put_& src\/map.c:12:3 (prog+0x12)/'
  printf '\nSUMMARY: ThreadSanitizer: data race src/map.c:12:3 in put\n==================\n'
} >frames.log
ingest 'a million frames' 0 'frames.log:1: ' frames.log
rm frames.log
{
  printf 'WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8 at 0x1 by thread T1:\n    #0 '
  repeat 175000 'box<'
  printf 'int'
  repeat 175000 '>'
  printf '::put(int) src/map.c:12:3 (prog+0x12)\n\n'
  printf 'SUMMARY: ThreadSanitizer: data race src/map.c:12:3 in put\n==================\n'
} >deep.log
ingest 'a name of 1 MB, nested' 0 'deep.log:1: ' deep.log
{
  printf 'WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8 at 0x1 by thread T1:\n    #0 '
  repeat 20000 'box<'
  printf '::put(int) src/map.c:12:3 (prog+0x12)\n\n'
  printf 'SUMMARY: ThreadSanitizer: data race src/map.c:12:3 in put\n==================\n'
} >open.log
ingest 'brackets that stay open' 0 '' open.log

race "$(printf '\377\376put\300\257\355\240\200')" "$(printf 'src/\342\200\256.c')" >utf8.log
race "$(printf 'put\033[31m\033]0;title\a\302\233')" "$(printf 'src/\033[2J.c')" >escapes.log
race '<script>alert(1)</script>"&' "src/');DROP TABLE finding;--.c" >markup.log
name="$(printf 'bad\033[31m\nname.log')"
cp escapes.log "$name"
cp empty.log "$(printf 'empty\033[31m\nname.log')"
mkdir names
mv "$name" empty?* names
ingest 'bytes, escapes, HTML, SQL' 0 "$nothing" utf8.log escapes.log markup.log names
grep -q '4 files with reports: 3 new keys, 1 more' out || fail "names: $(cat out)"
for form in text json sarif html; do
  "$heddle" report --store=store.db --color=never --format=$form >"report.$form" 2>err || fail "report --format=$form: $(cat err)"
  quiet "report --format=$form" "report.$form" err
done
if grep -q '<script>alert' report.html; then fail 'HTML: a name became markup'; fi
for key in $("$heddle" key utf8.log escapes.log markup.log | sed 's/.*"key":"\([0-9a-f]*\)".*/\1/'); do
  "$heddle" show --store=store.db --color=never "$key" >shown 2>err || fail "show $key: $(cat err)"
  quiet "show $key" shown err
done

mkdir -p loop/a
ln -s loop loop/loop
ln -s .. loop/a/up
ln -s self loop/self
cp good.log loop/a
ingest 'links in circles' 0 'circle' loop
mkdir unreadable
cp good.log unreadable/good.log
ln -s /proc/self/mem unreadable/mem.log
ingest 'a file that fails (EIO)' 0 'mem' unreadable
rm unreadable/mem.log
cp good.log unreadable/closed.log
chmod 000 unreadable/closed.log
chmod 755 "$work"
if [ "$(id -u)" -ne 0 ]; then
  ingest 'a file without permission' 0 'closed.log' unreadable
elif command -v setpriv >/dev/null; then
  cp "$heddle" "$work/heddle"
  mkdir -m 777 store
  if setpriv --reuid=65534 --clear-groups "$work/heddle" ingest --store=store/s.db unreadable >out 2>err; then
    grep -q 'closed.log' err || fail "a file without permission: $(cat err)"
  else
    fail "a file without permission: $(cat err)"
  fi
  rm "$work/heddle"
fi
ingest 'nothing that is there' 3 'nowhere' nowhere empty.log
mkfifo pipe
ingest 'a pipe' 0 'pipe' pipe good.log

mkdir cut
size=$(wc -c <"$golden")
step=$((size / 500 + 1))
[ "$all" = --all ] && step=1
at=1
while [ "$at" -lt "$size" ]; do
  head -c "$at" "$golden" >"cut/$(printf %06d "$at").log"
  at=$((at + step))
done
count=$(find cut -type f | wc -l)
ingest "a log cut at $count places" 0 'ends in the middle' cut
said=$(grep -c "$nothing" err || true)
taken=$(sed -n 's/^\([0-9,]*\) files\{0,1\} with reports.*/\1/p' out | tr -d ,)
[ $((said + taken)) -eq "$count" ] || fail "of $count cut logs $said are told and $taken taken in"

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "all is well"
