/** Samples by their line up to the value, as `patchbay_streams_open` or `…{status="queued"}`. */
export type Metrics = ReadonlyMap<string, number>;

const LINE = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/;

/** Reads Prometheus' text format; throws on a line that is not a sample. */
export function parseMetrics(text: string): Metrics {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# ')) continue;
    const [, series, value] = LINE.exec(line) ?? [];
    if (series === undefined) throw new Error(`not a sample: ${line}`);
    if (samples.has(series)) throw new Error(`twice: ${series}`);
    samples.set(series, Number(value));
  }
  return samples;
}

/** The names of all families, as the page announces them. */
export function familiesOf(text: string): Array<{ name: string; type: string }> {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
  }));
}

/** One sample, without the prefix of all; 0 while there is none. */
export function valueOf(metrics: Metrics, series: string): number {
  return metrics.get(`patchbay_${series}`) ?? 0;
}
