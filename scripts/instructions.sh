#!/usr/bin/env bash
# Counts the instructions of the hot paths (benches/src/bin/counted.rs) under callgrind and compares them with
# benches/instructions.txt: a regression is seen on a machine whose times are noise.
#
#   scripts/instructions.sh             compares; more than TOLERANCE percent above a baseline fails
#   UPDATE=1 scripts/instructions.sh    writes the baseline
#
# What is slower without more instructions (a cache, a predictor) is not seen here; benches/benches measures times.
set -euo pipefail
cd "$(dirname "$0")/.."

baseline=benches/instructions.txt
tolerance=${TOLERANCE:-5}

if ! command -v valgrind >/dev/null; then
    echo "instructions: SKIPPED, nothing was compared: valgrind is not installed" >&2
    exit 0
fi

cargo build --release --locked -p wengert-bench --bin counted
program=${CARGO_TARGET_DIR:-target}/release/counted

# The instructions of one workload, as callgrind collects them inside `counted`.
count() {
    local log
    log=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='counted::counted' \
        "$program" "$1" 2>&1) || { echo "$log" >&2; return 1; }
    sed -n 's/^.*Collected : \([0-9]*\).*$/\1/p' <<<"$log"
}

new=$(mktemp)
trap 'rm -f "$new"' EXIT
failed=0
printf '%-30s %12s %12s %9s %10s\n' workload instructions baseline change 'an op'
while read -r name ops; do
    n=$(count "$name")
    # Of nothing, nothing can be compared: `counted` was inlined or renamed.
    if [ "${n:-0}" -lt 1000 ]; then
        echo "instructions: callgrind collected nothing for $name" >&2
        exit 1
    fi
    echo "$name $n" >>"$new"
    old=$(awk -v name="$name" '$1 == name { print $2 }' "$baseline" 2>/dev/null || true)
    awk -v name="$name" -v n="$n" -v old="${old:-0}" -v ops="$ops" 'BEGIN {
        change = old > 0 ? sprintf("%+.1f %%", 100 * (n - old) / old) : "new"
        printf "%-30s %12d %12d %9s %10.1f\n", name, n, old, change, n / ops
    }'
    [ -n "${UPDATE:-}" ] && continue
    if [ -z "$old" ]; then
        echo "instructions: $name has no baseline; run UPDATE=1 scripts/instructions.sh" >&2
        failed=1
    elif [ $((n * 100)) -gt $((old * (100 + tolerance))) ]; then
        echo "instructions: $name takes more than $tolerance % more than its baseline" >&2
        failed=1
    fi
done < <("$program")

if [ -n "${UPDATE:-}" ]; then
    cp "$new" "$baseline"
    echo "instructions: $baseline written"
fi
exit $failed
