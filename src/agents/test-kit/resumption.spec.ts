import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AgentCall, AgentSession } from '../agent.js';
import { resumptionTest } from './resumption.js';
import { ScriptedAgent } from './scripted-agent.js';
import { ScriptedCaller } from './scripted-caller.js';

class ResumingAgent extends ScriptedAgent {
  override readonly resumes = true;
}

const SENTENCES = [randomBytes(400 * 8), randomBytes(700 * 8), randomBytes(500 * 8)];

/** Says three sentences and hangs up; it is told to another process which of them was begun last. */
function threeSentences(change: Partial<Record<Fault, boolean>> = {}) {
  return new ResumingAgent('three', (call): AgentSession => {
    const state = (call.resumed?.state ?? null) as { said: number } | null;
    if (change.drops) call.resumed?.interrupted?.dropTail();
    let said = state?.said ?? 0;
    const go = async (): Promise<void> => {
      if (state) await silence(call);
      for (; !call.signal.aborted;) {
        const audio = SENTENCES[said];
        if (!audio) break;
        said += 1;
        const utterance = call.speak();
        utterance.write(audio);
        utterance.end();
        await utterance.finished;
      }
      if (call.signal.aborted && !change.late) return;
      if (!change.forgets || !state) call.setFacts({ said });
      call.hangUp();
    };
    void go();
    return {
      onAudio: () => undefined,
      snapshot: () => {
        if (change.unusable) return () => said;
        return change.repeats ? { said: said - 1 } : { said };
      },
    };
  });
}

type Fault = 'drops' | 'forgets' | 'late' | 'unusable' | 'repeats';

async function silence(call: AgentCall): Promise<void> {
  const nothing = call.speak();
  nothing.end();
  await nothing.finished;
}

const verdict = async (create: () => ScriptedAgent): Promise<string> => {
  const script = (caller: ScriptedCaller): Promise<void> => caller.hearOut();
  const { run } = resumptionTest({ create, options: {} }, { script, moves: 60 });
  return run().then(
    () => 'passes',
    (error: unknown) => String(error),
  );
};

describe('a call that is moved at any frame', () => {
  it('passes with an agent that goes on where it was', async () => {
    expect(await verdict(() => threeSentences())).toBe('passes');
  });

  it.each<[string, string, Fault]>([
    ['leaves unsaid what was not heard', 'ms are skipped', 'drops'],
    ['says a sentence again', 'ms are repeated', 'repeats'],
    ['loses its facts', 'the facts are others', 'forgets'],
    ['acts on the stream that is over', 'acts on the stream that is over', 'late'],
    ['has a snapshot that is no JSON', 'its snapshot cannot be used', 'unusable'],
  ])('fails with one that %s', async (_, why, fault) => {
    expect(await verdict(() => threeSentences({ [fault]: true }))).toContain(why);
  });

  it('fails with one that fails', async () => {
    const create = () =>
      new ResumingAgent('breaks', (call) => {
        if (call.resumed) throw new Error('no idea');
        return { onAudio: () => undefined };
      });
    expect(await verdict(create)).toContain('no idea');
  });

  it('is heard on from where the caller stopped hearing, at most ten seconds of it', async () => {
    const sentence = randomBytes(15_000 * 8);
    const create = () =>
      new ResumingAgent('long', (call) => {
        if (!call.resumed) {
          const utterance = call.speak();
          utterance.write(sentence);
          utterance.end();
        }
        return { onAudio: () => undefined };
      });
    const caller = new ScriptedCaller(create());
    await caller.connect();
    await caller.listen(1_000);
    await caller.move({ to: create() });
    await caller.hearOut();
    const again = sentence.subarray(800 * 8, 11_000 * 8);
    expect(Buffer.concat(caller.heard)).toEqual(
      Buffer.concat([sentence.subarray(0, 1_000 * 8), again]),
    );
  });

  it('is answered anew, without a state, by an agent that does not resume', async () => {
    const calls: AgentCall[] = [];
    const agent = new ScriptedAgent('anew', (call) => {
      calls.push(call);
      return { onAudio: () => undefined, snapshot: () => ({ never: 'asked' }) };
    });
    const caller = new ScriptedCaller(agent);
    await caller.connect();
    calls[0]?.speak().write(Buffer.alloc(8_000));
    await caller.move();
    expect(calls.map(({ resumed }) => resumed)).toEqual([null, null]);
    expect(caller.waitingMs).toBe(0);
    expect(calls[0]?.signal.reason).toBe('moved');
  });

  it('goes on from the last checkpoint after a crash', async () => {
    const calls: AgentCall[] = [];
    let state = 1;
    const agent = new ResumingAgent('counts', (call) => {
      calls.push(call);
      return { onAudio: () => undefined, snapshot: () => ({ state }) };
    });
    const caller = new ScriptedCaller(agent);
    await caller.connect();
    await caller.crash();
    calls[1]?.checkpoint();
    await caller.listen(20);
    state = 2;
    await caller.crash();
    expect(calls.map(({ resumed }) => resumed?.state ?? null)).toEqual([null, null, { state: 1 }]);
    expect(calls[2]?.resumed?.reason).toBe('lost');
  });
});
