#!/bin/sh
# Installs what heddle needs and this machine lacks, with apt.  ci/packages.txt is the list.
#
#   ci/install.sh [--check] [run|dev]
#
# run: enough to build and fuzz; dev (the default): enough to test and check the sources too.
# Does nothing where nothing is missing.  Otherwise installs as root or through a sudo that asks for no password; where
# it may not, or with --check, it prints the one command that would and exits 2.
set -eu
cd "$(dirname "$0")/.."

check=false
tier=dev
for word; do
  case $word in
    --check) check=true ;;
    run | dev) tier=$word ;;
    *) echo "usage: ci/install.sh [--check] [run|dev]" >&2; exit 2 ;;
  esac
done

if ! command -v apt-get >/dev/null; then
  if ci/clang.sh >/dev/null && command -v cmake >/dev/null; then exit 0; fi
  echo "ci/install.sh: no apt here; install by hand what ci/packages.txt names, then run cmake" >&2
  exit 2
fi

# Prints the packages of the tier for clang $1 that are not installed.
missing() {
  wanted=$(sed -n "s/%N/$1/; s/^run //p; s/^dev /dev /p" ci/packages.txt)
  [ "$tier" = dev ] && wanted=$(echo "$wanted" | sed 's/^dev //') || wanted=$(echo "$wanted" | grep -v '^dev ')
  for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# The clang to use: what is here already, or the newest from 16 up that apt offers together with its runtime.
pick_clang() {
  if cc=$(ci/clang.sh); then
    "$cc" --version | sed -n 's/.*clang version \([0-9]*\)\..*/\1/p'
    return
  fi
  apt-cache pkgnames libclang-rt- | sed -n 's/^libclang-rt-\([0-9]*\)-dev$/\1/p' | sort -nr |
    while read -r n; do
      if [ "$n" -ge 16 ] && apt-cache show --no-all-versions "clang-$n" >/dev/null 2>&1; then echo "$n"; break; fi
    done
}

n=$(pick_clang)
if [ -n "$n" ] && lacking=$(missing "$n") && [ -z "$lacking" ]; then exit 0; fi

as_root() { env DEBIAN_FRONTEND=noninteractive "$@"; }
command="ci/install.sh $tier"
may=true
if [ "$(id -u)" != 0 ]; then
  as_root() { sudo -n env DEBIAN_FRONTEND=noninteractive "$@"; }
  if command -v sudo >/dev/null; then command="sudo $command"; else command="su -c '$PWD/$command'"; fi
  sudo -n true 2>/dev/null || may=false
fi

if $check || ! $may; then
  # Without apt's lists, which clang there is shows only after the update.
  [ -n "$n" ] || lacking=$(missing N)
  echo "heddle needs packages that are not installed:" $lacking >&2
  echo "Run this, then try again:" >&2
  echo "  $command" >&2
  exit 2
fi

echo "heddle: installing what is missing; this happens once" >&2
as_root apt-get update -qq
n=$(pick_clang)
if [ -z "$n" ]; then
  echo "ci/install.sh: apt offers no clang from 16 up; Debian 12 or newer is needed" >&2
  exit 2
fi
lacking=$(missing "$n")
echo "heddle: apt-get install" $lacking >&2
as_root apt-get install -y -qq --no-install-recommends $lacking </dev/null >/dev/null
