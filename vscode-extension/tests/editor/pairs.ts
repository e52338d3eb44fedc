/** What `make bench-editors` prints: medians, and the ratio of what was measured in pairs. */

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) {
    throw new Error("no number has no median");
  }
  return (low + high) / 2;
}

/** The median of the ratios of each pair: what the machine did meanwhile fell on both. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length) {
    throw new Error(`${ours.length.toString()} and ${theirs.length.toString()} make no pairs`);
  }
  return median(ours.map((each, index) => each / (theirs[index] ?? Number.NaN)));
}
