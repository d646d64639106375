import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMulaw } from '../../src/audio/mulaw.js';
import type { SimulatedCall } from '../carrier/calls/simulated-call.js';
import { wavToMulaw } from '../carrier/media/wav.js';
import type { Narrator } from '../demo/narrator.js';
import { ApiError, OUR_NUMBER, ThrowAwayGateway } from '../demo/throw-away-gateway.js';
import { agentEnvironment } from './agent-environment.js';
import {
  judge,
  outcomeOf,
  type Evidence,
  type Outcome,
  type TalkedCall,
  type TranscriptLine,
} from './expectations.js';
import { UsageError, type TalkOptions } from './options.js';
import { ScriptedCall } from './scripted-call.js';
import { ScriptedVoice } from './scripted-voice.js';
import { timelineOf, type TimelineEvent } from './timeline.js';
import { workflowIdOf } from './workflow-source.js';

/** A number from a range that is reserved for fiction. */
const CALLER = '+12025550143';
/** The last callback comes a moment after the call. */
const RECORD_WITHIN_MS = 30_000;
/** A transcript is complete some seconds after the call; of a recording, when the server is done. */
const TRANSCRIPT_WITHIN_MS = 60_000;
/** By then one that is made of the recording has begun, if there is one. */
const BEGUN_WITHIN_MS = 10_000;

interface CallJson extends TalkedCall {
  workflow_run_id: number;
  status: string;
  created_at: string;
  ended_at: string | null;
  transcribed: boolean;
  events: TimelineEvent[];
}

/** One call of a scripted caller to a workflow, on a gateway of its own. */
export class Talk {
  private readonly voice = new ScriptedVoice();
  private readonly gateway: ThrowAwayGateway;

  constructor(
    private readonly options: TalkOptions,
    private readonly say: Narrator,
  ) {
    const audio = { frame: () => this.voice.nextFrame() };
    this.gateway = new ThrowAwayGateway({ behaviour: { audio }, env: agentEnvironment() }, say);
  }

  /** @throws UsageError for what has to be put right before there can be a call */
  async run(): Promise<Outcome> {
    const { options } = this;
    // A file that is not there is better known before the call than after it.
    for (const file of soundsOf(options)) this.readSound(file);
    await this.gateway.start();
    const workflowId = await workflowIdOf(this.gateway, options.workflow);
    const number = { number: OUR_NUMBER, workflow_id: workflowId };
    await this.gateway.api('POST', '/phone-numbers', number);
    this.say.step('caller', `calls ${options.workflow}`);
    const call = this.gateway.carrier.callIn({ from: CALLER, to: OUR_NUMBER });
    const scripted = new ScriptedCall(call, this.voice, (file) => this.readSound(file), this.say);
    await scripted.play({
      ...options,
      maxMs: options.maxSeconds * 1000,
      waitsForEnd: options.expectations.some(
        (one) => one.kind === 'end' && one.reason !== 'caller_hangup',
      ),
    });
    await call.settled;
    const record = await this.record(call);
    await this.write(call, record);
    return this.verdict(call, record);
  }

  stop(): Promise<void> {
    return this.gateway.stop();
  }

  private readSound(file: string): Buffer {
    try {
      return wavToMulaw(readFileSync(file));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${file}: ${why}`);
    }
  }

  private async record(call: SimulatedCall): Promise<CallJson> {
    const query = `/telephony/calls?provider_call_id=${call.sid}`;
    const giveUpAt = performance.now() + RECORD_WITHIN_MS;
    for (;;) {
      const { data } = await this.gateway.api<{ data: CallJson[] }>('GET', query);
      const [found] = data;
      if (found && (found.ended_at !== null || performance.now() > giveUpAt)) {
        return this.gateway.api<CallJson>('GET', `/telephony/calls/${found.workflow_run_id}`);
      }
      if (performance.now() > giveUpAt) throw new Error('the gateway knows nothing of the call');
      await sleep(50);
    }
  }

  private async write(call: SimulatedCall, record: CallJson): Promise<void> {
    const { out } = this.options;
    await call.saveHeard(`${out}.wav`);
    await writeFile(`${out}.json`, `${JSON.stringify(record, null, 2)}\n`);
    this.say.plain();
    for (const line of timelineOf(record.created_at, record.events)) this.say.plain(line);
    this.say.plain();
    this.say.plain(`What the caller heard: ${out}.wav. The call: ${out}.json`);
    this.say.plain();
  }

  private async verdict(call: SimulatedCall, record: CallJson): Promise<Outcome> {
    const { expectations } = this.options;
    const wantsText = expectations.some(({ kind }) => kind === 'text');
    const evidence: Evidence = {
      call: record,
      // With the silences, so that a place in it is a time of the call.
      heard: decodeMulaw(Buffer.concat(call.streams.map(({ recording }) => recording.timeline()))),
      transcript: wantsText ? await this.transcript(record.workflow_run_id) : null,
      readSound: (file) => this.readSound(file),
    };
    const verdicts = expectations.map((one) => judge(one, evidence));
    // A call whose end nobody names is to end well.
    if (!expectations.some(({ kind }) => kind === 'end')) {
      const well = record.end_reason === 'caller_hangup' || record.end_reason === 'agent_hangup';
      const text = `ended: ${record.end_reason ?? record.status}`;
      verdicts.push({ kind: well ? 'met' : 'missed', text });
    }
    for (const { kind, text } of verdicts) {
      if (kind === 'unknown') this.say.unchecked(text);
      else this.say.check(kind === 'met', text);
    }
    return outcomeOf(verdicts);
  }

  /** Null: nobody has told any, or made it of the recording. */
  private async transcript(runId: number): Promise<readonly TranscriptLine[] | null> {
    const path = `/telephony/calls/${runId}/transcript`;
    await this.transcriptEnded(runId);
    try {
      const { data } = await this.gateway.api<{ data: TranscriptLine[] }>('GET', path);
      return data.length === 0 ? null : data;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  private async transcriptEnded(runId: number): Promise<void> {
    const since = performance.now();
    for (;;) {
      const call = await this.gateway.api<CallJson>('GET', `/telephony/calls/${runId}`);
      const limit = call.transcribed ? TRANSCRIPT_WITHIN_MS : BEGUN_WITHIN_MS;
      if (isTranscriptOver(call) || performance.now() - since > limit) return;
      await sleep(100);
    }
  }
}

/** Whether nothing more comes of a call's transcript. */
function isTranscriptOver({ events }: CallJson): boolean {
  return events.some(({ type, detail }) => type === 'transcript' && detail['step'] !== 'started');
}

function soundsOf({ steps, expectations }: TalkOptions): string[] {
  return [...steps, ...expectations].flatMap((one) =>
    one.kind === 'say' || one.kind === 'sound' ? [one.file] : [],
  );
}
