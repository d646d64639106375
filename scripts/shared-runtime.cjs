// Jest's module loader, with one difference: what a spec file imports of the program and of
// node_modules is loaded once for all files of a worker, in the realm of `shared-environment.cjs`.
// Anew for each file, the whole service costs more than a second of processor time. The spec itself,
// and all of `test/`, is loaded for each file. Of Jest itself, only the runner with the tests of a file
// is loaded for each; it is written for a realm of its own, so what it leaves behind is removed after each.
const { AsyncLocalStorage } = require('node:async_hooks');
const path = require('node:path');
const { default: Runtime } = require('jest-runtime');

const ROOT = path.join(__dirname, '..') + path.sep;
const SHARED = /^(node_modules|src|tools|console)[\\/]/;
/** What is bound to one file's `@jest/globals`. */
const BOUND = /(\.spec\.tsx?|[\\/]agent-acceptance\.ts)$/;

/** Where Jest's runner keeps who is told of each event of a test: those of every file that the realm has seen. */
const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');

/** The runtime that loads what is shared; another one when Jest has begun a new run in this process. */
let shared = null;
let sharedFor = null;

function isShared(file) {
  return file.startsWith(ROOT) && SHARED.test(file.slice(ROOT.length)) && !BOUND.test(file);
}

module.exports = class SharedRuntime extends Runtime {
  constructor(...args) {
    super(...args);
    const [, , resolver] = args;
    if (sharedFor !== resolver) {
      shared = new Runtime(...args);
      sharedFor = resolver;
      useAsyncLoader(shared);
    }
    const { esmLoader } = this;
    if (typeof esmLoader?.resolveModule !== 'function') {
      // Nothing breaks without this file but the time that the tests take.
      throw new Error('This release of Jest loads modules in another way; see shared-runtime.cjs');
    }
    const resolveOwn = esmLoader.resolveModule.bind(esmLoader);
    useAsyncLoader(this);
    esmLoader.resolveModule = async (specifier, from, context) => {
      if (specifier === '@jest/globals' || specifier.startsWith('data:')) {
        return resolveOwn(specifier, from, context);
      }
      const isOurs =
        isShared(from) || isShared(await shared._resolution.resolveEsmAsync(from, specifier));
      return isOurs
        ? shared.esmLoader.resolveModule(specifier, from, context)
        : resolveOwn(specifier, from, context);
    };
  }

  requireInternalModule(from, to) {
    if (to === undefined) {
      const runner = super.requireInternalModule(from);
      if (Array.isArray(this._environment.global[EVENT_HANDLERS])) return runner;
      throw new Error('This release of Jest keeps its handlers elsewhere; see shared-runtime.cjs');
    }
    return to === 'node:async_hooks'
      ? { AsyncLocalStorage: this.storage() }
      : shared.requireInternalModule(from, to);
  }

  /**
   * The runner makes one storage per file. Every promise of the process is noted in each of them, and
   * so costs more with each file, until they are disabled.
   */
  storage() {
    const made = (this.storages ??= []);
    return class extends AsyncLocalStorage {
      constructor(...args) {
        super(...args);
        made.push(this);
      }
    };
  }

  teardown() {
    super.teardown();
    // They would be told of the next file's tests, and keep this file's modules in memory.
    delete this._environment.global[EVENT_HANDLERS];
    for (const storage of this.storages ?? []) storage.disable();
  }

  getSourceMaps() {
    return (this.bothMaps ??= new BothMaps(super.getSourceMaps(), shared.getSourceMaps()));
  }
};

/** Where the source maps are: of a file's own modules and of the shared ones, as both become more. */
class BothMaps {
  constructor(own, common) {
    this.own = own;
    this.common = common;
  }

  get(file) {
    return this.own.get(file) ?? this.common.get(file);
  }

  *[Symbol.iterator]() {
    yield* this.common;
    yield* this.own;
  }
}

/** Newer releases of Node would let Jest load a whole graph of modules past `resolveModule`. */
function useAsyncLoader(runtime) {
  runtime._resolution.hasDistinctAsyncResolver = () => true;
}
