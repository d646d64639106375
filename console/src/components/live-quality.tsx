import type { List, LiveCall } from '../api/types.js';
import { useLoad } from '../hooks.js';
import { m } from '../messages/all.js';
import { figuresOf } from '../words/quality.js';
import { Figures } from './figures.js';

/** As often as the list of live calls requests it. */
const ASK_EVERY_MS = 5_000;

/** The quality of the line while the stream is open. Its course is drawn when the stream is over. */
export function LiveQuality({ runId }: { runId: number }) {
  const { data } = useLoad<List<LiveCall>>('console/api/live', { refetchInterval: ASK_EVERY_MS });
  const call = data?.data.find((one) => one.workflow_run_id === runId);
  const figures = figuresOf(call?.stream?.quality ?? {});
  if (figures.length === 0) return null;
  return (
    <section aria-labelledby="live-quality">
      <h2 id="live-quality">{m.quality.qualityAtThisMoment}</h2>
      <div class="stream-quality">
        <Figures figures={figures} />
      </div>
    </section>
  );
}
