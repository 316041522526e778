#!/bin/sh
# ctest: quick
# ci/clang.sh picks the newest complete clang from 16 up, and ci/install.sh installs what is missing, only that, and
# only where it may: shown with stand-ins for the compilers, apt, dpkg and sudo.
set -u
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

expect() { # what, wanted, found
  [ "$2" = "$3" ] && return
  failures=$((failures + 1))
  printf '%s: expected\n  %s\nbut found\n  %s\n' "$1" "$2" "$3"
}

stub() { # name, body
  printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# A compiler of that major version; complete where it has its runtime.
compiler() { # name, version, complete|bare
  resources=$work/resources-$1
  mkdir -p "$resources/lib/linux"
  if [ "$3" = complete ]; then
    for library in tsan asan fuzzer; do touch "$resources/lib/linux/libclang_rt.$library-$(uname -m).a"; done
  fi
  stub "$1" "case \$1 in --version) echo 'Debian clang version $2.0.1 (x)';; *) echo '$resources';; esac"
}

# A machine without compilers where nothing is installed, the user is not root and sudo asks for a password.
fresh() {
  rm -rf "${work:?}/bin" "$work"/resources-*
  mkdir -p "$work/bin"
  : >"$work/log"
  : >"$work/installed"
  for tool in sh sed grep sort uname dirname cat env tr; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
  stub id 'echo 1000'
  stub sudo 'exit 1'
  stub dpkg-query "for package; do :; done; grep -qx \"\$package\" '$work/installed' && echo installed"
  stub apt-get "echo \"apt-get \$*\" >>'$work/log'"
  stub apt-cache "case \$1 in pkgnames) printf 'libclang-rt-%s-dev\n' 15 19 9 22 dbgsym;; show) [ \$3 != clang-22 ];; esac"
}

run() { # command...; sets status and output
  output=$(cd "$top" && PATH=$work/bin CC='' "$@" 2>&1)
  status=$?
}

fresh
run ci/clang.sh
expect "no clang: status" 2 "$status"
compiler clang-15 15 complete
run ci/clang.sh
expect "clang too old: status" 2 "$status"
compiler clang-16 16 complete
compiler clang-19 19 complete
compiler clang-101 101 bare
run ci/clang.sh
expect "newest complete clang" clang-19 "$output"
output=$(cd "$top" && PATH=$work/bin CC=clang-16 ci/clang.sh)
expect "CC chooses" clang-16 "$output"
output=$(cd "$top" && PATH=$work/bin CC=clang-15 ci/clang.sh 2>/dev/null)
expect "CC too old: status" 2 "$?"

all=$(sed -n 's/%N/19/; s/^run //p; s/^dev //p' ci/packages.txt)
few=$(sed -n 's/%N/19/; s/^run //p' ci/packages.txt)

fresh
run ci/install.sh dev
expect "user: status" 2 "$status"
expect "user: command" "  sudo ci/install.sh dev" "$(echo "$output" | grep '^  ')"
expect "user: nothing done" "" "$(cat "$work/log")"
rm "$work/bin/sudo"
run ci/install.sh run
expect "user without sudo: command" "  su -c '$top/ci/install.sh run'" "$(echo "$output" | grep '^  ')"

fresh
echo "$few" | grep -v jansson >"$work/installed"
compiler clang-19 19 complete
stub id 'echo 0'
run ci/install.sh run
expect "root: status" 0 "$status"
expect "root: only what is missing" "apt-get update -qq
apt-get install -y -qq --no-install-recommends libjansson-dev" "$(cat "$work/log")"

fresh
stub id 'echo 0'
run ci/install.sh run
expect "root, fresh: the newest clang that apt has whole" "apt-get install -y -qq --no-install-recommends $(echo $few)" \
  "$(tail -n 1 "$work/log")"

fresh
stub sudo "shift; \"\$@\""
stub true ''
run ci/install.sh dev
expect "sudo: installs" "apt-get install -y -qq --no-install-recommends $(echo $all)" "$(tail -n 1 "$work/log")"

fresh
echo "$all" >"$work/installed"
compiler clang-19 19 complete
run ci/install.sh
expect "all there: status" 0 "$status"
expect "all there: silent, nothing done" "" "$output$(cat "$work/log")"

run ci/install.sh --frobnicate
expect "usage: status" 2 "$status"

[ "$failures" = 0 ]
