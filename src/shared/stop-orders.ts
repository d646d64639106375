/** One Ctrl-C may come twice: from the terminal, and from npm, which hands it on. */
const SAME_ORDER_MS = 250;

/** Hears of orders to stop: `first` at the first of these signals, `again` at every one that follows it. */
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
