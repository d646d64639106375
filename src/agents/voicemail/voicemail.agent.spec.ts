import { describe, expect, it } from '@jest/globals';
import type { OnMachine } from '../../calls/ledger/on-machine.js';
import type { AudioFormat } from '../../audio/audio-format.js';
import type { AgentCall, AgentSession } from '../agent.js';
import { ScriptedAgent } from '../test-kit/scripted-agent.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { VoicemailAgent, type VoicemailParts } from './voicemail.agent.js';

/** The sound of the message: each of its bytes once in a while. */
const MESSAGE = Buffer.from(Array.from({ length: 16_000 }, (_, at) => at % 101));
const TALK = Buffer.alloc(8_000, 0x2a);

/** An agent that talks without end, and what happened around it. */
class Scene {
  readonly steps: string[] = [];
  readonly told: string[] = [];
  readonly said: string[] = [];
  call: AgentCall | null = null;
  endSilence: () => void = () => undefined;
  canSay = true;
  readonly agent: VoicemailAgent;

  constructor(onMachine: Exclude<OnMachine, 'ignore'>, resumes = false, format?: AudioFormat) {
    const answer = (call: AgentCall): AgentSession => {
      this.call = call;
      call.speak().write(TALK);
      return {
        onAudio: () => undefined,
        onDtmf: (digit) => void this.told.push(digit),
        onMachine: ({ kind, greetingIsOver }) => void this.told.push(`${kind} ${greetingIsOver}`),
        snapshot: () => 'state of the agent',
        onEnd: () => void this.told.push('end'),
      };
    };
    const parts: VoicemailParts = {
      sound: (name) =>
        name === 'message.wav' ? Promise.resolve(MESSAGE) : Promise.reject(new Error(name)),
      say: (sentence) => Promise.resolve(this.canSay && this.said.push(sentence) > 0),
      onTaken: () => void this.steps.push('taken'),
      silence: () => new Promise((resolve) => (this.endSilence = resolve)),
      onStep: (step) => void this.steps.push(step),
    };
    this.agent = new VoicemailAgent(
      new ScriptedAgent('talker', answer, format, resumes),
      onMachine,
      parts,
    );
  }

  async connected(): Promise<ScriptedCaller> {
    const caller = new ScriptedCaller(this.agent);
    await caller.connect();
    await caller.listen(200);
    return caller;
  }
}

const LEAVE = { leave_message: { sound: 'message.wav' } };
const heardAfter = (caller: ScriptedCaller, bytes: number): Buffer =>
  Buffer.concat(caller.heard).subarray(bytes);

describe('where a machine answers', () => {
  it('a human talks with the agent, who is told', async () => {
    const scene = new Scene('hang_up');
    const caller = await scene.connected();
    await caller.machine('human');
    await caller.machine('unknown');
    await caller.press('5');
    await caller.listen(200);
    expect(scene.told).toEqual(['human false', 'unknown false', '5']);
    expect([scene.steps, caller.ended]).toEqual([[], null]);
    expect(heardAfter(caller, 0)).toEqual(TALK.subarray(0, 3_200));
  });

  it.each(['machine_start', 'machine_end_beep'])('is hung up on: %s', async (answeredBy) => {
    const scene = new Scene('hang_up');
    const caller = await scene.connected();
    await caller.machine(answeredBy);
    expect(caller.ended).toBe('agent');
    expect(scene.steps).toEqual(['taken', 'hung_up']);
    expect(scene.told.at(-1)).toBe('end');
  });

  it('leaves no message to a fax', async () => {
    const scene = new Scene(LEAVE);
    const caller = await scene.connected();
    await caller.machine('fax');
    expect([caller.ended, scene.steps]).toEqual(['agent', ['taken', 'hung_up']]);
  });

  it('silences the agent, plays the sound after the beep, and hangs up when it was heard', async () => {
    const scene = new Scene(LEAVE);
    const caller = await scene.connected();
    await caller.machine('machine_end_beep');
    await caller.hearOut();
    expect(heardAfter(caller, 1_600)).toEqual(MESSAGE);
    expect(caller.ended).toBe('agent');
    expect(scene.steps).toEqual(['taken', 'message_begun', 'message_left']);
    expect(scene.told).toEqual(['machine true', 'end']);
  });

  it.each<[string, (scene: Scene, caller: ScriptedCaller) => unknown]>([
    ['silence follows', (scene) => scene.endSilence()],
    ['the carrier says so', (_, caller) => caller.machine('machine_end_silence')],
  ])('waits for the end of a greeting until %s', async (_, end) => {
    const scene = new Scene(LEAVE);
    const caller = await scene.connected();
    await caller.machine('machine_start');
    await caller.listen(400);
    expect(heardAfter(caller, 1_600).length).toBe(0);
    expect(scene.steps).toEqual(['taken']);
    await end(scene, caller);
    await caller.hearOut();
    expect(heardAfter(caller, 1_600)).toEqual(MESSAGE);
    expect(scene.told).toEqual(['machine false', 'end']);
  });

  it('has nothing of what the agent does afterwards', async () => {
    const scene = new Scene(LEAVE);
    const caller = await scene.connected();
    await caller.machine('machine_end_beep');
    const { call } = scene;
    expect(call?.signal.aborted).toBe(true);
    call?.speak().write(TALK);
    call?.sendAudio(TALK);
    call?.setFacts({ late: true });
    call?.hangUp();
    call?.fail(new Error('late'));
    expect(call?.interrupt()).toBeNull();
    expect(await call?.sendDigits('1')).toBe('failed');
    expect(await call?.speak().finished).toBe('interrupted');
    await caller.press('1');
    await caller.hearOut();
    expect(heardAfter(caller, 1_600)).toEqual(MESSAGE);
    expect([caller.facts, caller.ended, caller.digits]).toEqual([{}, 'agent', []]);
  });

  it('has the carrier say a sentence, who hangs up', async () => {
    const scene = new Scene({ leave_message: 'Please call us back.' });
    const caller = await scene.connected();
    await caller.machine('machine_end_other');
    expect(scene.said).toEqual(['Please call us back.']);
    expect([scene.steps, caller.ended]).toEqual([['taken', 'message_begun'], null]);
  });

  it.each<[string, OnMachine]>([
    ['its sound is gone', { leave_message: { sound: 'gone.wav' } }],
    ['the carrier cannot say it', { leave_message: 'Hello' }],
  ])('hangs up where %s', async (_, onMachine) => {
    const scene = new Scene(onMachine as Exclude<OnMachine, 'ignore'>);
    scene.canSay = false;
    const caller = await scene.connected();
    await caller.machine('machine_end_beep');
    expect(caller.ended).toBe('agent');
    expect(scene.steps).toEqual(['taken', 'message_begun', 'message_impossible']);
  });

  it('leaves the message in the format of its agent', async () => {
    const scene = new Scene(LEAVE, false, 'pcm_16000');
    const caller = await scene.connected();
    await caller.machine('machine_end_beep');
    const before = Buffer.concat(caller.heard).length;
    await caller.hearOut();
    expect(heardAfter(caller, before).length).toBe(MESSAGE.length * 4);
  });

  it('goes on with the message where it was, when the call is moved', async () => {
    const scene = new Scene(LEAVE, true);
    const caller = await scene.connected();
    await caller.machine('machine_end_beep');
    await caller.listen(500);
    await caller.move();
    await caller.machine('machine_end_beep');
    await caller.hearOut();
    const heard = heardAfter(caller, 1_600);
    // 200 ms of it are said again.
    const again = heard.length - MESSAGE.length;
    expect(again).toBeLessThanOrEqual(200 * 8);
    expect(heard.subarray(0, 4_000)).toEqual(MESSAGE.subarray(0, 4_000));
    expect(heard.subarray(4_000)).toEqual(MESSAGE.subarray(4_000 - again));
    expect(caller.ended).toBe('agent');
  });

  it('hands over the agent’s own state before', async () => {
    const scene = new Scene(LEAVE, true);
    const caller = await scene.connected();
    await caller.move();
    expect(scene.call?.resumed?.state).toBe('state of the agent');
  });
});

describe('the turns of a caller whom a machine may stand for', () => {
  it('are asked for where the agent asks for them, as long as it has the call', async () => {
    const told: string[] = [];
    const sessionOf = async (session: AgentSession): Promise<AgentSession> => {
      const inner = new ScriptedAgent('asks', () => session);
      const agent = new VoicemailAgent(inner, 'hang_up', {} as VoicemailParts);
      const sessions: AgentSession[] = [];
      const answer = async (call: AgentCall): Promise<AgentSession> => {
        const attended = await agent.answer(call);
        sessions.push(attended);
        return attended;
      };
      const caller = new ScriptedCaller(new ScriptedAgent('outer', answer));
      await caller.connect();
      await caller.say(300);
      await caller.listen(800);
      const [attended] = sessions;
      if (!attended) throw new Error(String(caller.failure));
      return attended;
    };
    const asked = await sessionOf({
      onAudio: () => undefined,
      onTurnEnded: ({ silenceMs }) => void told.push(`ended ${silenceMs}`),
    });
    expect(told).toEqual(['ended 600']);
    const kinds = [typeof asked.onTurnStarted, typeof asked.onTurnEnded];
    expect(kinds).toEqual(['undefined', 'function']);
    const unasked = await sessionOf({ onAudio: () => undefined });
    expect(typeof unasked.onTurnEnded).toBe('undefined');
  });
});
