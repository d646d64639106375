import type { LockProvider } from '../../src/database/postgres-database.js';

export declare const EVERYBODY: LockProvider;
