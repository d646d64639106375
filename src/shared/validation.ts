import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { Exclude, Transform, Type } from 'class-transformer';
import { Matches } from 'class-validator';
import { Problem, type FieldError } from './problem.js';

/** Of objects and arrays in one another; far from what readers that call themselves survive. */
const LEVELS_MAX = 64;

function flatten(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = parent ? `${parent}.${error.property}` : error.property;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      field,
      message: rule === 'whitelistValidation' ? 'is not a known field' : message,
    }));
    return [...own, ...flatten(error.children ?? [], field)];
  });
}

function invalid(errors: FieldError[]): Problem {
  const summary = errors.map(({ field, message }) =>
    message.startsWith(field) ? message : `${field} ${message}`,
  );
  return new Problem('invalid_request', `${summary.join('; ')}.`, { errors });
}

/**
 * What class-transformer would pass over in silence or not survive: members
 * named like those that every object inherits, and endless nesting.
 */
function checkShape(value: unknown, field: string): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Problem('invalid_request', `The ${field} must be a JSON object.`);
  }
  const inherited = Object.keys(value).filter((name) => name in Object.prototype);
  if (inherited.length > 0) {
    throw invalid(inherited.map((name) => ({ field: name, message: 'is not a known field' })));
  }
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > LEVELS_MAX) {
      throw new Problem('invalid_request', `The ${field} is nested in more than 64 levels.`);
    }
    if (level.some((one) => Object.hasOwn(one, '__proto__'))) {
      throw invalid([{ field: '__proto__', message: 'is not allowed, in no object' }]);
    }
    level = level
      .flatMap((one): unknown[] => Object.values(one))
      .filter((one): one is object => typeof one === 'object' && one !== null);
  }
}

/** Keeps class-transformer out of what is inside. */
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
  };
}

/** For a line of text: neither control characters, which no store keeps alike, nor half a character. */
export function OneLine(): PropertyDecorator {
  return Matches(/^[^\p{Cc}\p{Cs}]*$/u, {
    message: '$property must not hold line breaks or control characters',
  });
}

class DtoPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { type } = metadata;
    if ((type === 'body' || type === 'query') && this.toValidate(metadata)) checkShape(value, type);
    return super.transform(value, metadata);
  }

  /** Path parameters stay texts: each is read by the pipe of its own, and `1e3` is no id. */
  protected override transformPrimitive(value: unknown): unknown {
    return value;
  }

  /** Would take `constructor` and `prototype` out of nested objects too; see `checkShape`. */
  protected override stripProtoKeys(): void {}
}

/** Checks bodies and queries against their DTO class; unknown fields are bad, and every bad field is named. */
export function validationPipe(): ValidationPipe {
  return new DtoPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => invalid(flatten(errors)),
  });
}
