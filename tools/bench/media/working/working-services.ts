import type { AudioFormat } from '../../../../src/audio/audio-format.js';
import { throwAwayDirectory } from '../../children.js';
import { claim, create, newKeys, startPatchbay, type ServerUnderTest } from '../servers.js';
import { checkRecordings, type RecordingsResult } from './check-recordings.js';
import { agentName, writeAgents } from './write-agents.js';

/** Enough for all calls of a bench. */
const NO_LIMIT = '100000';

/** What a call is made of. */
export interface Work {
  format: AudioFormat;
  bargeIn: boolean;
  recording: boolean;
}

const PLAIN: Work = { format: 'mulaw_8000', bargeIn: false, recording: false };

/** Each thing alone, and all together. The first has nothing but its agent's speech. */
export const WORKS = {
  mulaw: PLAIN,
  'pcm-8000': { ...PLAIN, format: 'pcm_8000' },
  'pcm-16000': { ...PLAIN, format: 'pcm_16000' },
  'pcm-24000': { ...PLAIN, format: 'pcm_24000' },
  'barge-in': { ...PLAIN, bargeIn: true },
  recording: { ...PLAIN, recording: true },
  all: { format: 'pcm_24000', bargeIn: true, recording: true },
} as const satisfies Record<string, Work>;

export type WorkName = keyof typeof WORKS;

/** A build of the service that is measured. */
export interface WorkingServer extends ServerUnderTest {
  /** Looks at what was recorded, after the calls; null: nothing was. */
  recordings: (() => Promise<RecordingsResult>) | null;
}

/** Starts a build of the service with a number whose calls are of this kind. @param program its `main.js` */
export async function workingService(work: Work, program: URL): Promise<WorkingServer> {
  const keys = newKeys();
  const server = await startPatchbay(program, keys, {
    MAX_CONCURRENT_CALLS: NO_LIMIT,
    AGENTS_DIR: writeAgents(await throwAwayDirectory()),
  });
  try {
    const workflow = await create(server.port, keys, 'workflows', {
      name: 'Bench',
      agent: agentName(work.format),
      barge_in: work.bargeIn,
      recording: work.recording,
    });
    await claim(server.port, keys, (workflow as { workflow_id: number }).workflow_id);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const recordings = (): Promise<RecordingsResult> => checkRecordings(server.port, keys.apiKey);
  return { ...server, recordings: work.recording ? recordings : null };
}
