/** One Ctrl-C may arrive twice: from the terminal, and from npm, which forwards it. */
const SAME_ORDER_MS = 250;

/**
 * Listens for orders to stop: calls `first` at the first of these signals, and
 * `again` at each later one.
 */
export function onOrderToStop(
  signals: readonly NodeJS.Signals[],
  first: () => void,
  again: () => void,
): void {
  let orderedAt: number | null = null;
  const onSignal = (): void => {
    const now = performance.now();
    if (orderedAt === null) {
      orderedAt = now;
      first();
    } else if (now - orderedAt >= SAME_ORDER_MS) again();
  };
  for (const signal of signals) process.on(signal, onSignal);
}
