import type { CallEvent } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
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
      <h2 id="quality">{m.quality.quality}</h2>
      {streams.map((stream, index) => (
        <div key={`${stream.streamId} ${index}`} class="stream-quality">
          {streams.length > 1 ? (
            <h3>
              {fill(m.quality.stream, { index: index + 1 })}
              {stream.startedAt
                ? `, ${fill(m.quality.from, { time: clockTime(stream.startedAt) })}`
                : ''}
            </h3>
          ) : null}
          <Figures figures={stream.figures} />
          {stream.series ? <QualityPlot series={stream.series} /> : null}
        </div>
      ))}
    </section>
  );
}
