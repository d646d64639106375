/**
 * Makes objects of fields that are known only at run time, all null at first and to be filled in.
 *
 * V8 keeps an object that was given more than a dozen fields one after another in a table, and to copy
 * such an object (`{ ...one, field }`) takes a hundred times as long as where each field has its place.
 * What is parsed has places, and so have copies of it. Those of one blank have the same places; to
 * `Object.assign` to a fresh one is therefore the quickest copy of a copy.
 */
export function blankOf<Field extends string>(
  fields: readonly Field[],
): () => Partial<Record<Field, unknown>> {
  const empty = Object.fromEntries(fields.map((field) => [field, null]));
  const blank = JSON.parse(JSON.stringify(empty)) as Record<Field, unknown>;
  return () => ({ ...blank });
}
