import { useEffect, useRef, useState } from 'preact/hooks';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import type { QualitySeries } from '../words/quality.js';
import { durationText } from '../words/time.js';
import { colour } from './colours.js';
import { ErrorNotice } from './notice.js';

const HEIGHT_PX = 180;

/** Jitter, gaps and lost frames over the life of a stream. */
export function QualityPlot({ series }: { series: QualitySeries }) {
  const box = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    let gone = false;
    let destroy = (): void => undefined;
    const draw = async (): Promise<void> => {
      const [{ default: UPlot }] = await Promise.all([
        import('uplot'),
        import('uplot/dist/uPlot.min.css'),
      ]);
      if (gone) return;
      const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 } };
      // Each value holds from its time to the next, the last one to the end.
      const times = [...series.jitterMs, 0].map((_, index) => index * series.intervalSeconds);
      const held = (values: number[]): number[] => [...values, values.at(-1) ?? 0];
      const line = { paths: UPlot.paths.stepped?.({ align: 1 }), points: { show: false } };
      const plot = new UPlot(
        {
          width: element.clientWidth,
          height: HEIGHT_PX,
          scales: {
            x: { time: false, range: (_, min, max) => [min, max] },
            frames: { range: (_, __, max) => [0, Math.max(5, max)] },
          },
          axes: [
            { ...axis, values: (_, ticks) => ticks.map(durationText) },
            { ...axis, values: (_, ticks) => ticks.map((value) => `${value} ms`), size: 64 },
            { ...axis, scale: 'frames', side: 1, grid: { show: false }, size: 36 },
          ],
          series: [
            { label: 'time', value: (_, value) => (value === null ? '–' : durationText(value)) },
            { ...line, label: m.quality.jitterMs, stroke: colour('--caller'), width: 2 },
            {
              ...line,
              label: m.quality.longestGapMs,
              stroke: colour('--agent'),
              width: 2,
              dash: [6, 4],
            },
            {
              ...line,
              label: m.quality.lostFrames,
              scale: 'frames',
              stroke: colour('--bad'),
              width: 1,
            },
          ],
        },
        [times, held(series.jitterMs), held(series.gapMs), held(series.lostFrames)],
        element,
      );
      const resize = new ResizeObserver(() =>
        plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
      );
      resize.observe(element);
      destroy = () => {
        resize.disconnect();
        plot.destroy();
      };
    };
    draw().catch(setError);
    return () => {
      gone = true;
      destroy();
    };
  }, [series]);
  return (
    <>
      <ErrorNotice error={error} />
      <div ref={box} class="plot" role="img" aria-label={summary(series)} />
    </>
  );
}

/** The plot as a sentence, for people who cannot see it. */
function summary({ jitterMs, gapMs, lostFrames }: QualitySeries): string {
  const most = (values: number[]): number => Math.round(Math.max(0, ...values));
  const lost = lostFrames.reduce((sum, value) => sum + value, 0);
  return fill(m.quality.overTimeJitterAtMost, {
    jitterMs: most(jitterMs),
    gapMs: most(gapMs),
    lost,
  });
}
