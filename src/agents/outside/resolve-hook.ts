interface ResolveContext {
  parentURL?: string | undefined;
}

const PACKAGE = 'patchbay/';

/**
 * A module hook of Node's (https://nodejs.org/api/module.html#customization-hooks): what is imported from
 * `patchbay/…` is looked up as if a file of this package asked for it, so that `exports` of its package.json
 * decides. An agent finds it wherever its folder is, and gets the class that the service knows, also where
 * another copy of the package is installed beside it.
 *
 * Serves both of Node's ways to register it: the answer of `next` is handed on as it is, a value or a promise.
 */
export function resolve<Resolved>(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Resolved,
): Resolved {
  return specifier.startsWith(PACKAGE)
    ? next(specifier, { ...context, parentURL: import.meta.url })
    : next(specifier, context);
}
