import type {
  AgentCall,
  DigitsOutcome,
  Interruption,
  Resumed,
  TransferOptions,
  TranscriptLine,
  Utterance,
} from '../agent.js';

/** What an agent says on a call that it has no more: nobody hears it. */
const UNHEARD: Utterance = {
  id: 0,
  heardMs: 0,
  waitingMs: 0,
  interrupted: true,
  finished: Promise.resolve('interrupted'),
  write: () => undefined,
  end: () => undefined,
};

/**
 * A call as an agent has it until it is released from it: what it does afterwards has no effect, as
 * after the end of the stream.
 */
export class ReleasedCall implements AgentCall {
  readonly facts: AgentCall['facts'];
  readonly simulated: boolean;
  readonly options: AgentCall['options'];
  readonly onWait: AgentCall['onWait'];
  readonly transferTargets: AgentCall['transferTargets'];
  readonly resumed: Resumed | null;
  readonly signal: AbortSignal;
  private readonly abort = new AbortController();

  constructor(private readonly call: AgentCall) {
    this.facts = call.facts;
    this.simulated = call.simulated;
    this.options = call.options;
    this.onWait = call.onWait;
    this.transferTargets = call.transferTargets;
    this.resumed = call.resumed;
    this.signal = AbortSignal.any([call.signal, this.abort.signal]);
  }

  release(): void {
    this.abort.abort();
  }

  private get isReleased(): boolean {
    return this.abort.signal.aborted;
  }

  speak(): Utterance {
    return this.isReleased ? UNHEARD : this.call.speak();
  }

  get waitingMs(): number {
    return this.isReleased ? 0 : this.call.waitingMs;
  }

  sendAudio(audio: Buffer): void {
    if (!this.isReleased) this.call.sendAudio(audio);
  }

  mark(name: string): void {
    if (!this.isReleased) this.call.mark(name);
  }

  interrupt(): Interruption | null {
    return this.isReleased ? null : this.call.interrupt();
  }

  sendDigits(digits: string): Promise<DigitsOutcome> {
    return this.isReleased ? Promise.resolve('failed') : this.call.sendDigits(digits);
  }

  transfer(target: string, options?: TransferOptions): void {
    if (!this.isReleased) this.call.transfer(target, options);
  }

  passOn(workflowId: number): Promise<boolean> {
    return this.isReleased ? Promise.resolve(false) : this.call.passOn(workflowId);
  }

  hangUp(): void {
    if (!this.isReleased) this.call.hangUp();
  }

  fail(reason: Error): void {
    if (!this.isReleased) this.call.fail(reason);
  }

  setFacts(facts: Readonly<Record<string, unknown>>): void {
    if (!this.isReleased) this.call.setFacts(facts);
  }

  note(what: string, detail?: Readonly<Record<string, string | number>>): void {
    if (!this.isReleased) this.call.note(what, detail);
  }

  transcript(line: TranscriptLine): void {
    if (!this.isReleased) this.call.transcript(line);
  }

  checkpoint(): void {
    if (!this.isReleased) this.call.checkpoint();
  }
}
