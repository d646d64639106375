import * as nodeModule from 'node:module';
import { resolve } from './resolve-hook.js';

/**
 * Present from Node 22.15 on, where `register` is deprecated; absent in older
 * releases, where `register` runs hooks in a thread of their own.
 */
const { registerHooks } = nodeModule as typeof nodeModule & {
  registerHooks?: (hooks: { resolve: typeof resolve }) => void;
};
let isServed = false;

/** From now on `patchbay/agent` can be imported by any module of this process, wherever its file is. */
export function serveAgentImports(): void {
  if (isServed) return;
  isServed = true;
  if (registerHooks) registerHooks({ resolve });
  else nodeModule.register('./resolve-hook.js', import.meta.url);
}
