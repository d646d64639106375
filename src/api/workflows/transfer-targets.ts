import { ValidateBy } from 'class-validator';

const TARGETS_MAX = 50;
/** With a letter in it, so that no name can be taken for a number. */
const NAME = /^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 _-]{0,49}$/;
const E164 = /^\+[1-9]\d{6,14}$/;

/** What is wrong with a workflow's `transfer_targets`, without the rules for destinations; null: nothing. */
function faultIn(value: unknown): string | null {
  if (!Array.isArray(value)) return 'must be a list of {"name", "to"}';
  if (value.length > TARGETS_MAX) return `must be at most ${TARGETS_MAX} targets`;
  const names = new Set<string>();
  for (const [place, one] of value.entries()) {
    const { name, to, ...others } = Object(one) as Record<string, unknown>;
    const where = `has at ${place + 1}`;
    if (Object.keys(others).length > 0) return `${where} another member than "name" and "to"`;
    if (typeof name !== 'string' || !NAME.test(name)) {
      return `${where} a name that is not 1 to 50 letters, digits, spaces, "-" and "_", a letter among them`;
    }
    if (typeof to !== 'string' || !E164.test(to)) return `${where} no number in E.164 as "to"`;
    if (names.has(name)) return `has the name "${name}" more than once`;
    names.add(name);
  }
  return null;
}

/** A list of `{name, to}`; whether the numbers may be called is checked elsewhere. */
export function IsTransferTargets(): PropertyDecorator {
  return ValidateBy({
    name: 'isTransferTargets',
    validator: {
      validate: (value) => faultIn(value) === null,
      defaultMessage: (fault) => faultIn(fault?.value) ?? '',
    },
  });
}
