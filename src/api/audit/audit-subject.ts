import type { Request } from 'express';

const SUBJECTS = new WeakMap<Request, Readonly<Record<string, string>>>();

/** Says what a change is about that has no id. Nothing personal and no secret: it is kept and shown. */
export function nameSubject(request: Request, subject: Readonly<Record<string, string>>): void {
  SUBJECTS.set(request, subject);
}

/** What {@link nameSubject} has said; empty where it has said nothing. */
export function namedSubject(request: Request): Readonly<Record<string, string>> {
  return SUBJECTS.get(request) ?? {};
}
