export interface MigrateOptions {
  /** Only say what is missing. */
  check: boolean;
  /** Seconds to wait for others. */
  waitSeconds: number;
}

export const USAGE = 'Usage: npm run migrate [-- --check] [-- --wait SECONDS]\n';

/** Null for arguments that are not understood. */
export function parseOptions(args: readonly string[]): MigrateOptions | null {
  const options = { check: false, waitSeconds: 600 };
  const left = args[Symbol.iterator]();
  for (const arg of left) {
    if (arg === '--check') {
      options.check = true;
      continue;
    }
    if (arg !== '--wait') return null;
    const text = left.next().value ?? '';
    if (!/^\d{1,6}$/.test(text)) return null;
    options.waitSeconds = Number(text);
  }
  return options;
}
