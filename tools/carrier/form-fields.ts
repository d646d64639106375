/** Names and values in order; a name may occur more than once. */
export type FormFields = ReadonlyArray<readonly [name: string, value: string]>;

/** Also accepts a record, which is easier to write in tests and tools. */
export type FormFieldsLike = FormFields | Readonly<Record<string, string | readonly string[]>>;

export function toFormFields(fields: FormFieldsLike): FormFields {
  if (Array.isArray(fields)) return fields as FormFields;
  return Object.entries(fields as Record<string, string | readonly string[]>).flatMap(
    ([name, value]) =>
      typeof value === 'string'
        ? [[name, value] as const]
        : value.map((single) => [name, single] as const),
  );
}

/** `application/x-www-form-urlencoded`; also appended to the query of a GET webhook. */
export function encodeForm(fields: FormFields): string {
  return new URLSearchParams(
    fields.map(([name, value]): [string, string] => [name, value]),
  ).toString();
}

/** The first value of this name. */
export function field(fields: FormFields, name: string): string | undefined {
  return fields.find(([candidate]) => candidate === name)?.[1];
}
