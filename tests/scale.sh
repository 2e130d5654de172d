#!/usr/bin/env bash
# `make scale`: groups generated episodes with the program as it is shipped, in order and shuffled, and prints the rate,
# the time of all processors (on a busy machine it tells more), and the most memory that was resident. Everything it writes is removed.
set -euo pipefail

RECORDS=${RECORDS:-5000000}
MEMORY=${MEMORY:-512MiB}
RELEASE=${RELEASE:-2024-25.payment}
HRG=${HRG:-${CARGO_TARGET_DIR:-target}/release/hrg}
place=$(mktemp -d "${SCALE_DIR:-${TMPDIR:-/tmp}}/hrg-scale.XXXXXX")
trap 'rm -rf "$place"' EXIT

"$HRG" sample --dataset APC --records "$RECORDS" --reference "$RELEASE" -o "$place/sorted.csv" --rdf "$place/in.rdf"
# Spells far from where they belong, without a sort that needs the memory of the file. The rows of a spell stay in their
# order: those with a faulty EPIORDER have no other.
head -n 1 "$place/sorted.csv" > "$place/shuffled.csv"
tail -n +2 "$place/sorted.csv" | LC_ALL=C awk -F, -v heap="$place/heap." '{ print > (heap substr($2, length($2) - 1)) }'
cat "$place"/heap.* >> "$place/shuffled.csv"
rm "$place"/heap.*

for input in sorted shuffled; do
  mkdir "$place/$input"
  begun=$(date +%s.%N)
  "$HRG" group -h -l APC -i "$place/$input.csv" -d "$place/in.rdf" -o "$place/$input/out" --reference "$RELEASE" \
    --memory "$MEMORY" > "$place/$input.log" &
  process=$!
  most=0 ticks=0
  while now=$(awk '/^VmHWM/ { print $2 }' "/proc/$process/status" 2> /dev/null) && [ -n "$now" ]; do
    most=$now
    ticks=$(awk '{ print $14 + $15 }' "/proc/$process/stat" 2> /dev/null || echo "$ticks")
    sleep 0.1
  done
  wait "$process" || { cat "$place/$input.log"; exit 1; }
  ended=$(date +%s.%N)
  awk -v input="$input" -v records="$RECORDS" -v begun="$begun" -v ended="$ended" -v most="$most" \
    -v ticks="$ticks" -v tick="$(getconf CLK_TCK)" 'BEGIN {
    taken = ended - begun
    printf "%-9s %d episodes in %.1f s: %d a second; %.1f s of processor; %.0f MB resident at most\n", input, records, taken,
      records / taken, ticks / tick, most * 1024 / 1000000
  }'
  tail -n 1 "$place/$input.log"
  du -cb "$place/$input"/* | tail -n 1 | awk '{ printf "          %.1f GB of official files\n", $1 / 1000000000 }'
done

# Both orders give the same files, and the summary counts what the files hold.
for file in "$place"/sorted/*; do
  name=$(basename "$file")
  [ "$name" = out_summary.csv ] || cmp "$file" "$place/shuffled/$name"
done
lines() { echo $(($(wc -l < "$place/sorted/out_$1.csv") - 1)); }
counts=$(tail -n 1 "$place/sorted/out_summary.csv" | cut -d, -f3,4)
[ "$counts" = "$(lines FCE),$(lines spell)" ] && [ "$(lines FCE)" = "$RECORDS" ] && [ "$(lines sort)" = "$RECORDS" ]
echo "the files of both orders are the same, and the totals are the sums of the parts: $counts"
