import { describe, expect, it } from '@jest/globals';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { EchoAgent } from './echo.agent.js';

const BYTES_PER_SECOND = 8_000;
const of = (value: number, ms: number): Buffer =>
  Buffer.alloc((ms * BYTES_PER_SECOND) / 1000, value);
const lastHeard = (caller: ScriptedCaller): number | undefined => caller.heard.at(-1)?.at(-1);

async function answered(): Promise<ScriptedCaller> {
  const caller = new ScriptedCaller(new EchoAgent());
  await caller.connect();
  return caller;
}

describe('the echo', () => {
  it('sends back what it hears', async () => {
    const caller = await answered();
    await caller.say(100, of(7, 20));
    expect(Buffer.concat(caller.heard)).toEqual(of(7, 100));
  });

  it('sends back late audio that came in one piece, up to three seconds late', async () => {
    const caller = await answered();
    await caller.say(20, of(7, 2_000));
    await caller.say(2_000, of(9, 20));
    expect(Buffer.concat(caller.heard)).toEqual(Buffer.concat([of(7, 2_000), of(9, 20)]));
  });

  it('drops audio that is later than that, and is in time again', async () => {
    const caller = await answered();
    await caller.say(20, of(7, 5_000));
    expect(lastHeard(caller)).toBe(7);
    await caller.say(100, of(9, 20));
    expect(lastHeard(caller)).toBe(9);
  });

  it('continues after an interruption', async () => {
    const caller = await answered();
    await caller.say(20, of(7, 1_000));
    await caller.bargeIn();
    await caller.say(20, of(9, 20));
    expect(lastHeard(caller)).toBe(9);
  });
});
