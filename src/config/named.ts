/**
 * Makes a class from an object's fields, so that something that only has a type can
 * be an injection token.
 */
export function named<T extends object>(): new (fields: T) => Readonly<T> {
  class Named {
    constructor(fields: T) {
      Object.assign(this, fields);
    }
  }
  return Named as unknown as new (fields: T) => Readonly<T>;
}
