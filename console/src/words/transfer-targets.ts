import type { TransferTarget } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { FieldErrors } from './field-errors.js';

/** Transfer targets as a person types them: one on each line, `Sales = +14155552671`. */
export function targetsText(targets: readonly TransferTarget[]): string {
  return targets.map(({ name, to }) => `${name} = ${to}`).join('\n');
}

/** @throws FieldErrors when a line is not of that form; the service checks names and numbers */
export function readTargets(text: string): TransferTarget[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    const [, name = '', to = ''] = /^([^=]+)=(.+)$/.exec(line) ?? [];
    if (name.trim() === '' || to.trim() === '') {
      const message = fill(m.call.hasALineThatIsNot, { line: index + 1 });
      throw new FieldErrors([{ field: 'transfer_targets', message }]);
    }
    return [{ name: name.trim(), to: to.replace(/[\s()-]/g, '') }];
  });
}

/** The names in what a person types, as far as they can be told. */
export function peopleIn(text: string): string[] {
  const names = text.split('\n').map((line) => line.split('=', 1)[0]?.trim() ?? '');
  return names.filter(Boolean);
}
