import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FolderStore } from '../../../src/calls/recordings/folder-store.js';
import { S3Store, s3OptionsOf } from '../../../src/calls/recordings/s3-store.js';
import { down, type Check } from '../../../src/doctor/check.js';
import { carrierCredentials } from '../../../src/doctor/checks/carrier-credentials.js';
import { clockCheck } from '../../../src/doctor/checks/clock.js';
import { disk } from '../../../src/doctor/checks/disk.js';
import { dns } from '../../../src/doctor/checks/dns.js';
import { recordingsCheck } from '../../../src/doctor/checks/recordings.js';
import { settingsCheck } from '../../../src/doctor/checks/settings.js';
import { tls } from '../../../src/doctor/checks/tls.js';
import type { Examination } from '../../../src/doctor/examination.js';
import type { Settings } from '../../../src/parse-settings.js';
import { portsCheck } from './ports-check.js';
import { ownStoreCheck } from './store-check.js';

/** How the gateway was asked, and why nothing came of it. */
export interface Silence {
  url: string;
  /** Whether something takes the question and gives no answer. */
  hangs: boolean;
}

/** What can be looked at without the service. */
export type OwnExamination = Pick<
  Examination,
  | 'road'
  | 'origin'
  | 'accounts'
  | 'provider'
  | 'howToConfigure'
  | 'clock'
  | 'store'
  | 'limits'
  | 'streams'
  | 'reconcile'
  | 'simulated'
  | 'settingsWarnings'
  | 'signal'
> & { settings: Settings; silence: Silence };

const service: Check<OwnExamination> = {
  name: 'service',
  title: 'The service',
  group: 'Set-up',
  look({ silence: { url, hangs } }) {
    return hangs
      ? down(
          `${url} takes the question and gives no answer: the gateway hangs.`,
          'Look at its log, and restart it.',
        )
      : down(
          `No gateway answers at ${url}.`,
          'Start it with `npm start`; if it ends again, its last line says why. If it runs, say where it listens: PORT and HOST in the environment or .env, or --url.',
        );
  },
};

const recordings: Check<OwnExamination> = {
  name: recordingsCheck.name,
  title: recordingsCheck.title,
  group: recordingsCheck.group,
  limitMs: () => 100_000,
  look: ({ settings }) => {
    const s3 = s3OptionsOf(settings.recordings);
    const store = s3 ? new S3Store(s3) : new FolderStore(folderOf(settings));
    return recordingsCheck.look({ recordings: { store, waiting: null } });
  },
};

function folderOf({ store }: Settings): string {
  return join(store.dataDir, 'recordings');
}

/**
 * In the order in which they are shown. A folder of recordings that is not there is not tried: it would
 * be made, and belong to whoever runs the doctor.
 */
export function ownChecks(settings: Settings): ReadonlyArray<Check<OwnExamination>> {
  const hasRecordings = settings.recordings.bucket !== null || existsSync(folderOf(settings));
  return [
    dns,
    tls,
    service,
    portsCheck,
    carrierCredentials,
    ownStoreCheck,
    disk,
    ...(hasRecordings ? [recordings] : []),
    clockCheck,
    settingsCheck,
  ];
}
