#!/bin/sh
# ctest: full timeout=120
# The HTML form in a browser: on a laptop, on a phone, in the dark and without scripts; the questions are
# report_browser.js.  Hostile texts stay texts, nothing sticks out, filters work, no script fails.
set -eu
for browser in chromium chromium-browser google-chrome ''; do
  command -v "$browser" >/dev/null && break
done
if [ -z "$browser" ]; then
  echo "skipped: no chromium (ci/install.sh dev)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$HEDDLE_BUILD_DIR/bin/test_report" "$work"
cp triage/test/report_browser.js "$work"
echo '<!doctype html><meta charset="utf-8"><body><script src="report_browser.js"></script>' >"$work/around.html"
failures=0

ask() { # page, further options; the page's text goes to $work/dom, the console to $work/console
  page=$1
  shift
  HOME=$work timeout -s KILL 60 "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --user-data-dir="$work/profile" --allow-file-access-from-files --window-size=1440,900 --enable-logging=stderr \
    --virtual-time-budget=20000 "$@" --dump-dom "file://$work/$page" >"$work/dom" 2>"$work/console" || true
}

judge() { # name, what the console may say
  grep -E '^(ok|FAIL) ' "$work/dom" | sed "s/^/$1: /" || true
  if ! grep -q '^ok done' "$work/dom" || grep -q '^FAIL ' "$work/dom"; then
    echo "FAIL $1"
    tail -5 "$work/console"
    failures=$((failures + 1))
  fi
}

quiet() { # name: no script failed and nothing was refused by the page's policy
  if grep CONSOLE "$work/console"; then
    echo "FAIL $1: the console is not empty"
    failures=$((failures + 1))
  fi
}

ask around.html#light --blink-settings=preferredColorScheme=1
judge light
quiet light
ask around.html#dark --blink-settings=preferredColorScheme=0
judge dark
quiet dark
ask around.html#plain
judge "without scripts"
for page in report.html empty_report.html; do
  ask "$page"
  quiet "$page"
  grep -q '</html>' "$work/dom" || { echo "FAIL $page: not shown"; failures=$((failures + 1)); }
done
[ "$failures" = 0 ]
