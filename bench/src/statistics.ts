/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('no values have no median');
  return (low + high) / 2;
}

/** The median of the ratios round by round: what slows a whole round down changes neither side of it. */
export function ratio(rounds: readonly number[], baseline: readonly number[]): number {
  return median(rounds.map((rate, round) => rate / (baseline[round] ?? Number.NaN)));
}
