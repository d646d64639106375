import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMulaw } from '../../src/audio/mulaw.js';
import { loadSettings } from '../../src/load-settings.js';
import { mulawToWav, wavToMulaw } from '../carrier/media/wav.js';
import type { Narrator } from '../demo/narrator.js';
import { ApiError } from '../demo/throw-away-gateway.js';
import { ownKey } from '../own-key.js';
import type { BegunCall, CalledGateway } from './callers-line.js';
import {
  judge,
  outcomeOf,
  type Evidence,
  type Outcome,
  type TalkedCall,
  type TranscriptLine,
} from './expectations.js';
import { UsageError, type TalkOptions } from './options.js';
import { OwnGateway } from './own-gateway.js';
import { RunningGateway } from './running-gateway.js';
import { ScriptedCall } from './scripted-call.js';
import { ScriptedVoice } from './scripted-voice.js';
import { timelineOf, type TimelineEvent } from './timeline.js';
import { workflowIdOf } from './workflow-source.js';

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

/** One call of a scripted caller to a workflow. */
export class Talk {
  private readonly voice = new ScriptedVoice();
  private readonly gateway: CalledGateway;

  constructor(
    private readonly options: TalkOptions,
    private readonly say: Narrator,
  ) {
    const { url } = options;
    this.gateway =
      url === null
        ? new OwnGateway(this.voice, say)
        : new RunningGateway(url, ownKey(loadSettings(), 'this'), this.voice, say);
  }

  /** @throws UsageError for what has to be put right before there can be a call */
  async run(): Promise<Outcome> {
    const { options } = this;
    // A file that is not there is better known before the call than after it.
    for (const file of soundsOf(options)) this.readSound(file);
    await this.gateway.start();
    const workflowId = await workflowIdOf(this.gateway, options.workflow);
    this.say.step('caller', `talks to ${options.workflow}`);
    const call = await this.gateway.call(workflowId);
    const read = (file: string): Buffer => this.readSound(file);
    const scripted = new ScriptedCall(call.line, this.voice, read, this.say);
    await scripted.play({
      ...options,
      maxMs: options.maxSeconds * 1000,
      waitsForEnd: options.expectations.some(
        (one) => one.kind === 'end' && one.reason !== 'caller_hangup',
      ),
    });
    await call.line.ended;
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

  private async record({ runId }: BegunCall): Promise<CallJson> {
    const giveUpAt = performance.now() + RECORD_WITHIN_MS;
    for (;;) {
      const id = await runId();
      const isLate = performance.now() > giveUpAt;
      if (id !== null) {
        const found = await this.gateway.api<CallJson>('GET', `/telephony/calls/${id}`);
        if (found.ended_at !== null || isLate) return found;
      } else if (isLate) throw new Error('the gateway knows nothing of the call');
      await sleep(50);
    }
  }

  private async write(call: BegunCall, record: CallJson): Promise<void> {
    const { out } = this.options;
    await writeFile(`${out}.wav`, mulawToWav(heardOn(call)));
    await writeFile(`${out}.json`, `${JSON.stringify(record, null, 2)}\n`);
    this.say.plain();
    for (const line of timelineOf(record.created_at, record.events)) this.say.plain(line);
    this.say.plain();
    this.say.plain(`What the caller heard: ${out}.wav. The call: ${out}.json`);
    this.say.plain();
  }

  private async verdict(call: BegunCall, record: CallJson): Promise<Outcome> {
    const { expectations } = this.options;
    const wantsText = expectations.some(({ kind }) => kind === 'text');
    const evidence: Evidence = {
      call: record,
      heard: decodeMulaw(heardOn(call)),
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

/** With the silences, so that a place in it is a time of the call. */
function heardOn({ line }: BegunCall): Buffer {
  return Buffer.concat(line.hearings.map((one) => one.timeline()));
}

function soundsOf({ steps, expectations }: TalkOptions): string[] {
  return [...steps, ...expectations].flatMap((one) =>
    one.kind === 'say' || one.kind === 'sound' ? [one.file] : [],
  );
}
