import type { CallEvent } from '../api/types.js';
import { clockTime } from '../words/time.js';
import { streamQualities } from '../words/quality.js';
import { Figures } from './figures.js';
import { QualityPlot } from './quality-plot.js';

/** The quality of the line, for each media stream that has ended. */
export function Quality({ events }: { events: readonly CallEvent[] }) {
  const streams = streamQualities(events);
  if (streams.length === 0) return null;
  return (
    <section aria-labelledby="quality">
      <h2 id="quality">Quality</h2>
      {streams.map((stream, index) => (
        <div key={`${stream.streamId} ${index}`} class="stream-quality">
          {streams.length > 1 ? (
            <h3>
              Stream {index + 1}
              {stream.startedAt ? `, from ${clockTime(stream.startedAt)}` : ''}
            </h3>
          ) : null}
          <Figures figures={stream.figures} />
          {stream.series ? <QualityPlot series={stream.series} /> : null}
        </div>
      ))}
    </section>
  );
}
