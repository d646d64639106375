import {
  ValidationPipe,
  type ArgumentMetadata,
  type Type as Class,
  type ValidationError,
} from '@nestjs/common';
import { Exclude, Transform, Type } from 'class-transformer';
import { getMetadataStorage, ValidateBy } from 'class-validator';
import { JSON_LIMITS } from './json-text.js';
import { invalidFields, Problem, type FieldError } from './problem.js';

const UNKNOWN = 'is not a known field';
const AS_SENT = Symbol('as it was sent');

type Fields = Record<string, unknown>;

/**
 * Removes the field's name from a message of class-validator, because the reply
 * names the field separately.
 */
function withoutName(message: string, field: string): string {
  return message.startsWith(`${field} `) ? message.slice(field.length + 1) : message;
}

function flatten(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = parent ? `${parent}.${error.property}` : error.property;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      field,
      message:
        rule === 'whitelistValidation'
          ? UNKNOWN
          : error.value === undefined
            ? 'is missing'
            : withoutName(message, error.property),
    }));
    return [...own, ...flatten(error.children ?? [], field)];
  });
}

const fieldsOf = new WeakMap<Class, ReadonlySet<string>>();

/** The fields that a DTO class validates. */
function knownFields(dto: Class): ReadonlySet<string> {
  let fields = fieldsOf.get(dto);
  if (!fields) {
    const all = getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false);
    fields = new Set(all.map(({ propertyName }) => propertyName));
    fieldsOf.set(dto, fields);
  }
  return fields;
}

/**
 * Separates the fields that a DTO class knows from all others, before
 * class-transformer copies them: class-transformer is slow with many members
 * and calls a member named `constructor`.
 */
function sortOut(value: unknown, dto: Class, where: string) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Problem('invalid_request', `The ${where} must be a JSON object.`);
  }
  const entries = Object.entries(value);
  if (entries.length > JSON_LIMITS.members) {
    throw new Problem(
      'invalid_request',
      `The ${where} has more than ${JSON_LIMITS.members} members.`,
    );
  }
  const fields = knownFields(dto);
  const known: Fields = {};
  const faults: FieldError[] = [];
  for (const [field, inner] of entries) {
    const free = Reflect.hasMetadata(AS_SENT, dto.prototype as object, field);
    const inherited = free ? null : inheritedName(inner);
    if (!fields.has(field)) faults.push({ field, message: UNKNOWN });
    else if (inherited === null) known[field] = inner;
    else faults.push({ field, message: `must not hold a member named ${inherited}` });
  }
  return { known, faults };
}

/** The name of a nested member that has the same name as one that every object inherits. */
function inheritedName(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, inner] of Object.entries(value)) {
    const found = name in Object.prototype ? name : inheritedName(inner);
    if (found !== null) return found;
  }
  return null;
}

/** Keeps class-transformer away from the nested values. */
@Exclude()
class AnyJson {}

/** For a property that holds JSON of any shape: kept as it was sent, names like `constructor` included. */
export function AsSent(): PropertyDecorator {
  const untouched = Type(() => AnyJson);
  const original = Transform(
    ({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key],
  );
  return (target, property) => {
    untouched(target, property);
    original(target, property);
    Reflect.defineMetadata(AS_SENT, true, target, property);
  };
}

/** Limits the serialised size, as the store will hold it. */
export function MaxJsonBytes(limit: number): PropertyDecorator {
  return ValidateBy({
    name: 'maxJsonBytes',
    validator: {
      validate: (value) => jsonBytes(value) <= limit,
      defaultMessage: () => `must be at most ${limit / 1024} KiB as JSON`,
    },
  });
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

class DtoPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { type, metatype } = metadata;
    if (!metatype || !(type === 'body' || type === 'query') || !this.toValidate(metadata)) {
      return super.transform(value, metadata);
    }
    const { known, faults } = sortOut(value, metatype, type);
    const named = new Set(faults.map(({ field }) => field));
    const dto: unknown = await super.transform(known, metadata).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      // Fields that were removed above are not missing.
      const missed = (error.extras.errors ?? []).filter(({ field }) => !named.has(field));
      faults.unshift(...missed);
    });
    if (faults.length > 0) throw invalidFields(faults);
    return dto;
  }

  /** Path parameters stay texts: each has its own pipe, and `1e3` is not an id. */
  protected override transformPrimitive(value: unknown): unknown {
    return value;
  }

  /**
   * Does nothing: Nest's method would also remove `constructor` and `prototype`
   * from free-form JSON; see `sortOut`.
   */
  protected override stripProtoKeys(): void {}
}

/**
 * Checks bodies and queries against their DTO class; unknown fields are refused,
 * and every bad field is named.
 */
export function validationPipe(): ValidationPipe {
  return new DtoPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => invalidFields(flatten(errors)),
  });
}
