import { markdownTable } from '../shared/markdown-table.js';
import type { Capabilities } from './capabilities.js';
import type { CarrierKind } from './carrier-kind.js';

type Column = readonly [title: string, cell: (can: Capabilities) => string];

const NO = '–';

const COLUMNS: readonly Column[] = [
  ['public address', (can) => (can.needsPublicUrl ? 'needed' : 'not needed')],
  ['transfers', ({ transfers }) => (transfers.length === 0 ? NO : transfers.join(', '))],
  ['sentences', ({ says }) => yes(says)],
  ['answering machines', ({ machineDetection }) => yes(machineDetection)],
  ['keys sent', ({ digitsOut }) => (digitsOut === 'none' ? NO : KEYS[digitsOut])],
  ['hangs up', ({ hangsUp }) => (hangsUp === 'api' ? 'at any time' : 'what was answered')],
  ['lost stream', ({ resumes }) => (resumes === 'no' ? 'ends the call' : 'goes on')],
  ['lost reply to a dial', ({ dialIdentity }) => IDENTITIES[dialIdentity]],
  ['silent call', ({ lookUp }) => LOOK_UPS[lookUp]],
  ['ringing is told', ({ tells }) => yes(tells.includes('ringing'))],
];

const KEYS = { api: 'by its API', tones: 'as tones' } as const;
const IDENTITIES: Readonly<Record<Capabilities['dialIdentity'], string>> = {
  search: 'found by a search',
  'own-id': 'dialled again, rings once',
  'idempotency-key': 'dialled again, rings once',
  none: 'a callback tells, or nothing',
};
const LOOK_UPS: Readonly<Record<Capabilities['lookUp'], string>> = {
  status: 'asked how it stands',
  alive: 'asked whether it lives',
  none: 'is not asked about',
};

/**
 * The text of `docs/carriers.md`: every carrier with what it can do, by its flags, and how far that
 * was tried.
 */
export function renderCarriersPage(kinds: readonly CarrierKind[]): string {
  const titles = ['carrier', 'tried', ...COLUMNS.map(([title]) => title)];
  const rows = kinds.map((kind) => [
    `[${kind.label}](carriers/${kind.page}.md)`,
    kind.tried,
    ...COLUMNS.map(([, cell]) => withProof(cell(kind.capabilities), kind)),
  ]);
  return `${[
    '# Carriers',
    'This page is generated from the flags of the carriers by `npm run docs:settings`; `GET /api/v1/carriers` has the same flags.\nCalls out, calls in, both ways of audio, keys of the caller, recordings, barge-in and turns are the same with each.',
    '- **kit**: one suite of tests, the same for every carrier, proves or refutes it against a simulation that is as strict as the\n  carrier’s documents.\n- **real peer**: tried with the carrier’s own software, beside that.\n- **live**: tried with an account at the carrier, beside that.\n- `–`: is not offered.',
    '“Not tried live” is said of carriers whose calls nobody has made yet with this program. Their pages say what is not known of\nthem. Make one test call before you rely on it.',
    markdownTable([titles, ...rows]),
    'Any other carrier that has SIP trunks: [carriers/sip.md](carriers/sip.md).',
  ].join('\n\n')}\n`;
}

function yes(can: boolean): string {
  return can ? 'yes' : NO;
}

function withProof(cell: string, { tried }: CarrierKind): string {
  if (cell === NO) return cell;
  return `${cell} (${tried === 'not tried live' ? 'kit' : tried})`;
}
