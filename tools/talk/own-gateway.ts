import { ThrowAwayGateway, OUR_NUMBER } from '../demo/throw-away-gateway.js';
import type { Narrator } from '../demo/narrator.js';
import { agentEnvironment } from './agent-environment.js';
import type { BegunCall, CalledGateway } from './callers-line.js';
import type { ScriptedVoice } from './scripted-voice.js';

/** A number from a range that is reserved for fiction. */
const CALLER = '+12025550143';

/** A gateway on a throw-away store, in this process. */
export class OwnGateway implements CalledGateway {
  private readonly gateway: ThrowAwayGateway;

  constructor(voice: ScriptedVoice, say: Narrator) {
    const audio = { frame: () => voice.nextFrame() };
    this.gateway = new ThrowAwayGateway({ behaviour: { audio }, env: agentEnvironment() }, say);
  }

  start(): Promise<void> {
    return this.gateway.start();
  }

  stop(): Promise<void> {
    return this.gateway.stop();
  }

  api<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.gateway.api<T>(method, path, body);
  }

  async call(workflowId: number): Promise<BegunCall> {
    const number = { number: OUR_NUMBER, workflow_id: workflowId };
    await this.api('POST', '/phone-numbers', number);
    const call = this.gateway.carrier.callIn({ from: CALLER, to: OUR_NUMBER });
    return {
      line: {
        over: call.over,
        ended: call.settled,
        answered: call.streamStarted,
        get hearings() {
          return call.streams.map(({ recording }) => recording);
        },
        sendDigits: (key) => call.sendDigits(key),
        hangUp: () => call.hangUp(),
      },
      runId: async () => {
        const query = `/telephony/calls?provider_call_id=${call.sid}`;
        const { data } = await this.api<{ data: Array<{ workflow_run_id: number }> }>('GET', query);
        return data[0]?.workflow_run_id ?? null;
      },
    };
  }
}
