import { m } from '../messages/all.js';
import { byCode } from '../messages/fill.js';

/** A title of a JSON schema in the chosen language; one that the console does not know stays as it is. */
export function schemaTitle(title: string): string {
  return byCode(m.schemas.titles, title) ?? title;
}
