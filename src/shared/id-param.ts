import { Param, type PipeTransform } from '@nestjs/common';
import { invalidField } from './problem.js';

class IdPipe implements PipeTransform<string, number> {
  constructor(private readonly name: string) {}

  transform(text: string): number {
    const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(id)) throw invalidField(this.name, 'must be a positive integer');
    return id;
  }
}

/** A path parameter that is one of our ids: a positive safe integer, else 400. */
export function IdParam(name: string): ParameterDecorator {
  return Param(name, new IdPipe(name));
}
