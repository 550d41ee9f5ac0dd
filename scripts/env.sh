# Sourced by every recipe's shell (BASH_ENV) and by bin/: puts the project's own Node and tools first on PATH.
# The system's Node may be older than the code needs; .node-version says which one it is.
METERLINE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
METERLINE_NODE="$METERLINE_ROOT/.tools/node-$(<"$METERLINE_ROOT/.node-version")"
case ":$PATH:" in
  *":$METERLINE_NODE/bin:"*) ;;
  *) export PATH="$METERLINE_NODE/bin:$METERLINE_ROOT/node_modules/.bin:$PATH" ;;
esac
