interface ResolveContext {
  parentURL?: string | undefined;
}

const PACKAGE = 'patchbay/';

/**
 * A module hook of Node's (https://nodejs.org/api/module.html#customization-hooks): imports from
 * `patchbay/…` are resolved as if a file of this package imported them, so that `exports` of its
 * package.json applies. An agent finds the package wherever the agent's folder is, and gets the
 * class that the service uses, even where another copy of the package is installed beside the
 * agent.
 *
 * Works with both of Node's ways to register it: the result of `next` is returned unchanged, a
 * value or a promise.
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
