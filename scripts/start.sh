#!/bin/sh
# Builds what is stale, then becomes the server.
set -eu
cd "$(dirname "$0")/.."

# A core file would hold key material.
ulimit -c 0

node=node
if [ -x node_modules/.bin/node ]; then node=node_modules/.bin/node; fi

# The build's own name rather than the link: this server's code stays one build whatever is built later, and
# scripts/old-builds.mjs sees which build it uses.
dist=$("$node" scripts/build.mjs)

# Slow algorithms and the journal's syncs share these threads; the HSM adapter leaves one of them to the journal.
export UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-6}"

# `exec`: npm passes SIGTERM to this very process, which drains and ends. --disable-sigusr1: nobody opens a debugger
# on a running key service with a signal.
exec "$node" --enable-source-maps --disable-sigusr1 "$dist/apps/server/src/main.js" "$@"
