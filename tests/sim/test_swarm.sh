#!/bin/sh
# Ten thousand seeds through the swarm of the optimised build. TAP: one test.
seeds=${SEEDS:-10000}
echo 1..1
if out=$("${BUILD:-build}/src/sim/buoy-sim" --seed 1 --runs "$seeds" --jobs "$(nproc)" 2>&1); then
	echo "ok 1 - $seeds seeds without a violation"
else
	echo "not ok 1 - $seeds seeds without a violation"
fi
echo "$out" | tail -n 40 | sed 's/^/# /'
