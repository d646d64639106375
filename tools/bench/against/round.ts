import { generate } from '../media/generate.js';
import { cpuSeconds } from '../media/proc.js';
import { patchbay } from '../media/servers.js';
import { loadCallbacks } from './callbacks.js';
import { loadSetUps } from './set-up.js';

const NO_LIMIT = 100_000;
const FRAMES = { calls: 150, callsPerSecond: 100, seconds: 6, arrivals: null };

/** What one start of a program costs in use; the less, the better. */
export interface RoundFigures {
  /** µs of processor time for one frame in and one out, of 150 calls. */
  frameCpuUs: number;
  /** From `start` to the first frame back, one call at a time. */
  firstAudioMs: number;
  /** µs of processor time for one signed status callback, verified and durable. */
  callbackCpuUs: number;
  /** µs from one callback's reply to the next one's, 64 at a time. */
  callbackWallUs: number;
  /** ms of processor time for one call: answer webhook, upgrade, `start`, first frame. */
  setUpCpuMs: number;
}

/** It says nothing of the program, or nothing good. */
export class RoundNotValid extends Error {}

/**
 * Starts a program on an empty store, and puts it under three loads one after the other.
 *
 * @throws RoundNotValid when anything was refused, lost or failed: then no figure means anything
 */
export async function runRound(program: URL): Promise<RoundFigures> {
  const server = await patchbay(NO_LIMIT, program);
  const target = { port: server.port, patchbay: server.patchbay };
  let usedSeconds = 0;
  const measure = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = cpuSeconds(server.pid);
    const result = await work();
    usedSeconds = cpuSeconds(server.pid) - before;
    return result;
  };
  try {
    const callbacks = await loadCallbacks(server.port, server.patchbay, measure);
    if (callbacks.failed > 0)
      throw new RoundNotValid(`${callbacks.failed} callbacks were not taken`);
    const callbackCpuUs = (usedSeconds * 1e6) / callbacks.requests;
    const setUps = await loadSetUps(target, measure);
    const setUpCpuMs = (usedSeconds * 1e3) / setUps.calls;
    return {
      frameCpuUs: await frameCpuUs(server.pid, target),
      firstAudioMs: setUps.firstAudioMs,
      callbackCpuUs,
      callbackWallUs: 1e6 / callbacks.perSecond,
      setUpCpuMs,
    };
  } finally {
    await server.stop();
  }
}

async function frameCpuUs(
  pid: number,
  target: Pick<Parameters<typeof generate>[0], 'port' | 'patchbay'>,
): Promise<number> {
  let usedSeconds = 0;
  const all = await generate({ ...target, ...FRAMES }, 1, (_span, edge) => {
    usedSeconds += (edge === 'end' ? 1 : -1) * cpuSeconds(pid);
  });
  const [{ steady, opening, dropped } = missing()] = all;
  const lost = steady.framesSent - steady.framesBack + steady.disordered + dropped;
  if (lost > 0 || opening.opened < FRAMES.calls) {
    throw new RoundNotValid(
      `${lost} frames were lost, ${opening.opened} of ${FRAMES.calls} calls opened`,
    );
  }
  return (usedSeconds * 1e6) / steady.framesThrough;
}

function missing(): never {
  throw new Error('the generator told no figures');
}
