#!/bin/sh
# lifeline SIGNAL COMMAND...: runs COMMAND and ends it with SIGNAL when stdin closes.
# The parent holds the other end of stdin; the kernel closes it even when the parent is killed with -9,
# so that no server outlives the run that started it.
signal=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
( cat <&3 >/dev/null; kill -s "$signal" "$child" 2>/dev/null ) 2>/dev/null &
watcher=$!
trap 'kill -s "$signal" "$child" 2>/dev/null' TERM INT HUP
exec 3<&-
code=0
wait "$child" || code=$?
# A signal interrupts wait: go on waiting until the child is really gone.
while kill -0 "$child" 2>/dev/null; do wait "$child" && code=0 || code=$?; done
kill "$watcher" 2>/dev/null
exit "$code"
