# Sourced by every recipe's shell (BASH_ENV) and by bin/: puts the project's own Node first on PATH.
# The system's Node may be older than the code needs; .node-version says which one it is.
METERLINE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export METERLINE_ROOT
METERLINE_NODE="$METERLINE_ROOT/.tools/node-$(<"$METERLINE_ROOT/.node-version")"
if [ -x "$METERLINE_NODE/bin/node" ]; then
  case ":$PATH:" in *":$METERLINE_NODE/bin:"*) ;; *) PATH="$METERLINE_NODE/bin:$PATH"; export PATH ;; esac
  # A user's npm settings may point native builds to the headers of another Node.
  export npm_config_nodedir="$METERLINE_NODE"
fi
