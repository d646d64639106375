import type { Sealer } from '../../shared/sealing/sealer.js';
import type { Handover } from './handover.js';

/** A handover as it is stored, in base64; null: there is no key. */
export function sealHandover(
  sealer: Sealer,
  runId: number,
  generation: number,
  handover: Handover,
): string | null {
  const tail = handover.tail?.toString('base64') ?? null;
  const plain = Buffer.from(JSON.stringify({ ...handover, tail }));
  return sealer.seal(plain, contextOf(runId, generation))?.toString('base64') ?? null;
}

/** Null: it was sealed with another key, or was damaged. */
export function unsealHandover(
  sealer: Sealer,
  runId: number,
  generation: number,
  sealed: string,
): Handover | null {
  const opened = sealer.open(Buffer.from(sealed, 'base64'), contextOf(runId, generation));
  if (opened.kind !== 'opened') return null;
  const { tail, ...rest } = JSON.parse(opened.plain.toString()) as Omit<Handover, 'tail'> & {
    tail: string | null;
  };
  return { ...rest, tail: tail === null ? null : Buffer.from(tail, 'base64') };
}

function contextOf(runId: number, generation: number): string {
  return `handover ${runId} ${generation}`;
}
