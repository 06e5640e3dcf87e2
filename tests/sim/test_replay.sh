#!/bin/sh
# What a node lived through comes out the same when the core lives through it again. TAP.
sim=${BUILD_TEST:-build-test}/src/sim/buoy-sim
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

verdict() { # status, text
	n=$((n + 1))
	[ "$1" -eq 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

echo 1..4
bad=0
for seed in $(seq 1 40); do
	"$sim" --seed "$seed" --record "$dir/$seed" --host $((1 + seed % 2)) >/dev/null &&
		"$sim" --replay "$dir/$seed" >"$dir/out" || { bad=1; sed 's/^/# /' "$dir/out"; }
done
verdict $bad "forty recordings replay to the same lines"

sed '0,/"do":\["adv /s//"do":["adv 1/' "$dir/2" >"$dir/other"
"$sim" --replay "$dir/other" >"$dir/out"
[ $? -eq 1 ] && grep -q '^replay: [0-9]* steps, 1 differ$' "$dir/out" && grep -q ' recorded ' "$dir/out"
verdict $? "an action that was not asked for is shown"

sed '/"verdict":"down"/d; /"ev":"packet"/d' "$dir/2" >"$dir/gap"
"$sim" --replay "$dir/gap" >/dev/null
[ $? -eq 1 ]
verdict $? "steps that are missing show in those that follow"

bad=0
for line in '{"t":0,"ev":"start","do":[]}' '{"trace":1,"seed":1,"nodes":99,"host":1}' 'nonsense'; do
	echo "$line" >"$dir/bad"
	"$sim" --replay "$dir/bad" >/dev/null 2>"$dir/out"
	[ $? -eq 2 ] && grep -q 'bad:1: ' "$dir/out" || bad=1
done
verdict $bad "what is no recording is said to be none"
