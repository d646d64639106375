import { calls } from './calls.js';
import { checks } from './checks.js';
import { common } from './common.js';
import { endReasons } from './end-reasons.js';
import { grades } from './grades.js';
import { line } from './line.js';
import { shell } from './shell.js';
import { signIn } from './sign-in.js';

/** What is read before the first page is drawn. What only later pages show is in `rest.ts`. */
export const first = {
  calls,
  checks,
  common,
  endReasons,
  grades,
  line,
  shell,
  signIn,
} as const;
