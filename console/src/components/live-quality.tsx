import type { List, LiveCall } from '../api/types.js';
import { useLoad } from '../hooks.js';
import { figuresOf } from '../words/quality.js';
import { Figures } from './figures.js';

/** As the list of live calls has it. */
const ASK_EVERY_MS = 5_000;

/** What the line is like while the stream goes on; its course is drawn when it is over. */
export function LiveQuality({ runId }: { runId: number }) {
  const { data } = useLoad<List<LiveCall>>('console/api/live', { refetchInterval: ASK_EVERY_MS });
  const call = data?.data.find((one) => one.workflow_run_id === runId);
  const figures = figuresOf(call?.stream?.quality ?? {});
  if (figures.length === 0) return null;
  return (
    <section aria-labelledby="live-quality">
      <h2 id="live-quality">Quality at this moment</h2>
      <div class="stream-quality">
        <Figures figures={figures} />
      </div>
    </section>
  );
}
