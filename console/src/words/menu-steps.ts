import { m } from '../messages/all.js';

/** What may follow a step's sounds; each is also the member by which a step of that kind is known. */
export type StepKind = 'keys' | 'transfer' | 'workflow' | 'next' | 'hang_up';

/** What a person hears before the caller. */
export const ANNOUNCE_KINDS = {
  nothing: m.menus.nothing,
  sentence: m.menus.aSentence,
  sound: m.menus.aSound,
} as const;
export type AnnounceKind = keyof typeof ANNOUNCE_KINDS;

/** One step of a menu as the content of its controls. */
export interface StepRow {
  /** Stays while the step is edited, also when it is renamed. */
  id: number;
  name: string;
  sounds: readonly string[];
  /** What follows the sounds. */
  kind: StepKind;
  keys: ReadonlyArray<{ key: string; step: string }>;
  timeout: string;
  attempts: string;
  /** The step where it goes on otherwise; empty: none. */
  next: string;
  target: string;
  /** What the person hears first. */
  announceKind: AnnounceKind;
  /** The sentence, or the name of the sound. */
  announce: string;
  /** The id of the workflow that goes on. */
  workflow: string;
  facts: ReadonlyArray<{ name: string; value: string }>;
  /** What this form does not know, and keeps. */
  others: Readonly<Record<string, unknown>>;
}

export interface StepKindWords {
  kind: StepKind;
  label: string;
  /** The members of the step in the agent's options. */
  write: (row: StepRow) => Record<string, unknown>;
}

/** Every kind of step, in the order in which a step's members decide. A new kind is a line here and its controls. */
export const STEP_KINDS: readonly StepKindWords[] = [
  {
    kind: 'keys',
    label: m.menus.waitForAKey,
    write: ({ keys, timeout, attempts, next }) => ({
      keys: Object.fromEntries(keys.map(({ key, step }) => [key, step])),
      ...numberMember('timeout_seconds', timeout),
      ...numberMember('attempts', attempts),
      ...nextMember(next),
    }),
  },
  {
    kind: 'transfer',
    label: m.menus.connectTheCallerWithA,
    write: ({ target, next, ...row }) => ({
      transfer: { target: target.trim(), ...announceMember(row) },
      ...nextMember(next),
    }),
  },
  {
    kind: 'workflow',
    label: m.menus.handTheCallOverTo,
    write: ({ workflow, next }) => ({ ...numberMember('workflow', workflow), ...nextMember(next) }),
  },
  { kind: 'next', label: m.menus.goOnWithAnotherStep, write: ({ next }) => nextMember(next) },
  { kind: 'hang_up', label: m.common.hangUp, write: () => ({}) },
];

/** Every key of a telephone. */
export const KEYS = '1234567890*#ABCD'.split('');

/** The first key that leads nowhere yet; empty: all do. */
export function freeKey(keys: StepRow['keys']): string {
  return KEYS.find((key) => !keys.some((one) => one.key === key)) ?? '';
}

function announceMember({
  announceKind: kind,
  announce,
}: Pick<StepRow, 'announceKind' | 'announce'>): Record<string, unknown> {
  if (kind === 'nothing') return {};
  return { announce: kind === 'sound' ? { sound: announce.trim() } : announce.trim() };
}

function nextMember(next: string): Record<string, unknown> {
  return next === '' ? {} : { next };
}

/** What is no number is sent as it is, so that the service says what is wrong. */
function numberMember(name: string, text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  const number = Number(text);
  return { [name]: Number.isNaN(number) ? text : number };
}
