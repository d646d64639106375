import { once } from 'node:events';
import { mediaMessage, stopMessage } from '../../carrier/media/stream-messages.js';
import { Opening } from '../media/opening.js';
import { openCall, tellCompleted, type CallTarget, type OpenCall } from '../media/open-call.js';
import { median } from '../median.js';
import { inTurns } from './in-turns.js';

/** Thrown away, so that nothing is measured while its code is still being compiled. */
const WARM_UP_CALLS = 40;
/** One after the other: what each waits for is the service alone. */
const SINGLE_CALLS = 100;
const CROWDED_CALLS = 200;
const AT_A_TIME = 8;
const FRAME = Buffer.alloc(160, 0x55);
/** Long beyond anything that is measured. */
const PATIENCE_MS = 10_000;

export interface SetUpLoad {
  calls: number;
  /** From `start` to the first frame back, of the calls that came one by one: the median. */
  firstAudioMs: number;
}

/**
 * Sets calls up: answer webhook, upgrade, `start`, one frame and its echo. They stay open until all
 * are measured, so that what is measured is setting up and not hanging up.
 */
export async function loadSetUps(
  target: CallTarget,
  measure: (work: () => Promise<void>) => Promise<void>,
): Promise<SetUpLoad> {
  await hangUp(target, await setUp(target, WARM_UP_CALLS, AT_A_TIME));
  const singles: SetUpCall[] = [];
  const crowd: SetUpCall[] = [];
  await measure(async () => {
    singles.push(...(await setUp(target, SINGLE_CALLS, 1)));
    crowd.push(...(await setUp(target, CROWDED_CALLS, AT_A_TIME)));
  });
  await hangUp(target, [...singles, ...crowd]);
  return {
    calls: singles.length + crowd.length,
    firstAudioMs: median(singles.map(({ firstAudioMs }) => firstAudioMs)),
  };
}

interface SetUpCall {
  call: OpenCall;
  firstAudioMs: number;
}

async function setUp(target: CallTarget, calls: number, atATime: number): Promise<SetUpCall[]> {
  const done: SetUpCall[] = [];
  const opening = new Opening();
  await inTurns(Array.from({ length: calls }), atATime, async () => {
    const call = await openCall(target, opening);
    if (typeof call === 'string') throw new Error(`a call of the bench was ${call}`);
    const startedAt = performance.now();
    await firstFrameBack(call);
    done.push({ call, firstAudioMs: performance.now() - startedAt });
  });
  return done;
}

async function firstFrameBack({ socket, streamSid }: OpenCall): Promise<void> {
  const back = once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  socket.send(mediaMessage(streamSid, 2, 1, 100, FRAME));
  const [message] = (await back) as [Buffer];
  if (!message.includes('"event":"media"')) throw new Error('the first message back was no frame');
}

async function hangUp(target: CallTarget, calls: readonly SetUpCall[]): Promise<void> {
  await inTurns(calls, AT_A_TIME, async ({ call }) => {
    const { socket, streamSid, callSid, accountSid } = call;
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    socket.send(stopMessage(streamSid, 3, { callSid, accountSid }));
    socket.close();
    await closed;
    await tellCompleted(target, call);
  });
}
