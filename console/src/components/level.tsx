import { useEffect, useRef } from 'preact/hooks';

/** Shows loudness as a bar, which is updated without a new render. */
export function Level({ label, read }: { label: string; read: () => number }) {
  const meter = useRef<HTMLMeterElement>(null);
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    let frame = 0;
    const draw = (): void => {
      if (meter.current) meter.current.value = latest.current();
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <label class="level">
      <span>{label}</span>
      <meter ref={meter} min={0} max={1} value={0} />
    </label>
  );
}
