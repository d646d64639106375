/** A class that is made of an object's fields, so that what has a type alone can be an injection token. */
export function named<T extends object>(): new (fields: T) => Readonly<T> {
  class Named {
    constructor(fields: T) {
      Object.assign(this, fields);
    }
  }
  return Named as unknown as new (fields: T) => Readonly<T>;
}
