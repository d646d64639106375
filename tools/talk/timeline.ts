/** An event of a call, as the API shows it. */
export interface TimelineEvent {
  type: string;
  status: string | null;
  source: string;
  outcome: string;
  detail: Record<string, unknown>;
  received_at: string;
}

/** A line for each event: seconds since the beginning, what happened, who reported it. */
export function timelineOf(createdAt: string, events: readonly TimelineEvent[]): string[] {
  return events.map(({ type, status, source, outcome, detail, received_at: at }) => {
    const seconds = ((Date.parse(at) - Date.parse(createdAt)) / 1000).toFixed(3).padStart(8);
    const what = status ?? `${type} ${stepOf(detail)}`.trim();
    const mark = outcome === 'applied' ? '' : `, ${outcome}`;
    return `${seconds} s  ${what.padEnd(17)} ${source}${mark}`;
  });
}

function stepOf(detail: Record<string, unknown>): string {
  const step = detail['step'] ?? detail['agent'] ?? detail['stream'] ?? detail['carrier'];
  return typeof step === 'string' ? step : '';
}
