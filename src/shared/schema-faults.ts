import type { ErrorObject } from 'ajv';

/** One thing that is wrong with values that a JSON Schema describes, such as an agent's options. */
export interface OptionFault {
  /** The option's path, such as `steps.menu.prompt`; empty: the options as a whole. */
  option: string;
  /** What is wrong with it, as text that follows its name: `is missing`. */
  message: string;
}

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a JSON object',
  array: 'a list',
};

/**
 * What a schema's validator found, in words for the person who fills in a form. A choice whose values have titles
 * (`oneOf` of a `const` each) is one fault that names the values.
 */
export function optionFaults(errors: readonly ErrorObject[]): OptionFault[] {
  const choices = errors.flatMap((error) => {
    const misses = error.keyword === 'oneOf' ? missesOf(error, errors) : [];
    const isChoice = misses.length > 0 && misses.every(({ keyword }) => keyword === 'const');
    return isChoice ? [{ error, misses }] : [];
  });
  const misses = new Set(choices.flatMap((choice) => choice.misses));
  return (
    errors
      .filter((error) => !misses.has(error))
      // What is wrong with the branch of an `if` is told by the branch.
      .filter(({ keyword }) => keyword !== 'if')
      .map((error) => {
        const choice = choices.find((one) => one.error === error);
        return faultOf(choice ? asEnum(choice.error, choice.misses) : error);
      })
  );
}

/** What the members of a `oneOf` found wrong with the same value. */
function missesOf(choice: ErrorObject, errors: readonly ErrorObject[]): ErrorObject[] {
  return errors.filter(
    ({ instancePath, schemaPath }) =>
      instancePath === choice.instancePath && schemaPath.startsWith(`${choice.schemaPath}/`),
  );
}

function asEnum(choice: ErrorObject, misses: readonly ErrorObject[]): ErrorObject {
  const allowedValues = misses.map(
    ({ params }) => (params as Record<string, unknown>)['allowedValue'],
  );
  return { ...choice, keyword: 'enum', params: { allowedValues } };
}

function faultOf(error: ErrorObject): OptionFault {
  const path = error.instancePath.split('/').slice(1);
  const { missingProperty, additionalProperty } = error.params as Record<string, unknown>;
  if (typeof missingProperty === 'string') {
    return { option: [...path, missingProperty].join('.'), message: 'is missing' };
  }
  if (typeof additionalProperty === 'string') {
    return { option: [...path, additionalProperty].join('.'), message: 'is not a known option' };
  }
  return { option: path.join('.'), message: messageOf(error) };
}

function messageOf({ keyword, params, message }: ErrorObject): string {
  const { type, limit, allowedValues } = params as Record<string, unknown>;
  switch (keyword) {
    case 'type':
      return `must be ${[type]
        .flat()
        .map((one) => TYPES[String(one)] ?? String(one))
        .join(' or ')}`;
    case 'enum':
      return `must be one of ${(allowedValues as unknown[]).map(String).join(', ')}`;
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have ${String(limit)} characters at least`;
    case 'maxLength':
      return `must have ${String(limit)} characters at most`;
    case 'minimum':
      return `must be ${String(limit)} at least`;
    case 'maximum':
      return `must be ${String(limit)} at most`;
    case 'minItems':
    case 'minProperties':
      return `must have ${String(limit)} entries at least`;
    case 'maxItems':
    case 'maxProperties':
      return `must have ${String(limit)} entries at most`;
    case 'pattern':
      return 'does not have the form that is asked for';
    default:
      return message ?? 'is not valid';
  }
}
