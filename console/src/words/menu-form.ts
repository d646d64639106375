import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { STEP_KINDS, type StepRow } from './menu-steps.js';

export interface MenuForm {
  /** The name of the first step. */
  start: string;
  steps: readonly StepRow[];
}

type Step = Readonly<Record<string, unknown>>;

const FORM_MEMBERS: ReadonlySet<string> = new Set([
  'prompt',
  'keys',
  'timeout_seconds',
  'attempts',
  'next',
  'transfer',
  'workflow',
  'facts',
]);

/** A step in which nothing was entered yet. */
export function newStep(steps: readonly StepRow[]): StepRow {
  const ids = steps.map(({ id }) => id);
  return { ...rowOf('', {}, Math.max(0, ...ids) + 1), name: freeName(steps), kind: 'hang_up' };
}

/** A menu's options as the content of the controls; without any, one step. */
export function menuOf(options: Readonly<Record<string, unknown>>): MenuForm {
  const steps = Object.entries(objectOf(options['steps'])).map(([name, step], index) =>
    rowOf(name, objectOf(step), index + 1),
  );
  if (steps.length === 0) return { start: 'welcome', steps: [{ ...newStep([]), name: 'welcome' }] };
  return { start: textOf(options['start']), steps };
}

/** The content of the controls as the agent takes it. */
export function readMenu({ start, steps }: MenuForm): Record<string, unknown> {
  return { start, steps: Object.fromEntries(steps.map((row) => [row.name, stepOf(row)])) };
}

/** Renames a step, and leads all that led to it to its new name. */
export function renamed(form: MenuForm, id: number, name: string): MenuForm {
  const old = form.steps.find((step) => step.id === id)?.name;
  const lead = (step: string): string => (step === old ? name : step);
  return {
    start: lead(form.start),
    steps: form.steps.map((step) => ({
      ...step,
      name: step.id === id ? name : step.name,
      next: lead(step.next),
      keys: step.keys.map((one) => ({ ...one, step: lead(one.step) })),
    })),
  };
}

/** The names of the fields in a form's errors. */
export function menuLabels({ steps }: MenuForm): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const { name } of steps) {
    const label = (member: string, words: string): void => {
      labels[`agent_options.steps.${name}${member}`] = fill(m.menus.ofStep, { words, name });
    };
    label('', m.menus.theName);
    label('.prompt', m.menus.theSounds);
    label('.keys', m.menus.theKeys);
    label('.timeout_seconds', m.menus.theSeconds);
    label('.attempts', m.menus.theAttempts);
    label('.next', m.menus.theNextStep);
    label('.transfer.target', m.menus.thePerson);
    label('.transfer.announce', m.menus.whatThePersonHears);
    label('.transfer.announce.sound', m.menus.theSoundThatThePersonHears);
    label('.workflow', m.menus.theWorkflow);
    label('.facts', m.menus.theFacts);
  }
  return labels;
}

function rowOf(name: string, step: Step, id: number): StepRow {
  const transfer = objectOf(step['transfer']);
  const others = Object.entries(step).filter(([member]) => !FORM_MEMBERS.has(member));
  return {
    id,
    name,
    sounds: Array.isArray(step['prompt']) ? step['prompt'].map(textOf) : [],
    kind: STEP_KINDS.find(({ kind }) => kind in step)?.kind ?? 'hang_up',
    keys: Object.entries(objectOf(step['keys'])).map(([key, to]) => ({ key, step: textOf(to) })),
    timeout: textOf(step['timeout_seconds']),
    attempts: textOf(step['attempts']),
    next: textOf(step['next']),
    target: textOf(transfer['target']),
    ...announceOf(transfer['announce']),
    workflow: textOf(step['workflow']),
    facts: Object.entries(objectOf(step['facts'])).map(([fact, value]) => ({
      name: fact,
      value: textOf(value),
    })),
    others: Object.fromEntries(others),
  };
}

function announceOf(announce: unknown): Pick<StepRow, 'announceKind' | 'announce'> {
  const sound = objectOf(announce)['sound'];
  if (sound !== undefined) return { announceKind: 'sound', announce: textOf(sound) };
  const text = textOf(announce);
  return { announceKind: text === '' ? 'nothing' : 'sentence', announce: text };
}

function stepOf(row: StepRow): Step {
  const { others, sounds, facts, kind } = row;
  const prompt = sounds.map((sound) => sound.trim()).filter(Boolean);
  const stored = facts.filter(({ name }) => name.trim() !== '');
  return {
    ...(prompt.length === 0 ? {} : { prompt }),
    ...STEP_KINDS.find((one) => one.kind === kind)?.write(row),
    ...(stored.length === 0
      ? {}
      : { facts: Object.fromEntries(stored.map(({ name, value }) => [name.trim(), value])) }),
    ...others,
  };
}

function freeName(steps: readonly StepRow[]): string {
  const names = new Set(steps.map(({ name }) => name));
  let count = steps.length + 1;
  while (names.has(`step-${count}`)) count += 1;
  return `step-${count}`;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
