const FRAME_MS = 20;

/** How many of the last milliseconds, at most 600, are marked in a word that has a bit for each frame, the latest lowest. */
export function markedMs(bits: number, withinMs: number): number {
  let frames = 0;
  let rest = bits & ((1 << (withinMs / FRAME_MS)) - 1);
  for (; rest !== 0; rest &= rest - 1) frames++;
  return frames * FRAME_MS;
}
