import type { PlivoApi } from './api.js';
import { describe, NOT_THEIRS } from '../api-failure.js';

/** Where calls to the numbers of an application are answered and reported. */
export interface Application {
  id: string;
  name: string;
  answerUrl: string;
  hangupUrl: string;
  hangupMethod: string;
}

type Json = Readonly<Record<string, unknown>>;

/** As many as a page of the API may have. */
const PAGE = 20;
const LISTED_MAX = 1_000;

/** Every entry of a list of the API, up to 1000. */
export async function listed(api: PlivoApi, path: string): Promise<Json[] | { failed: string }> {
  const found: Json[] = [];
  while (found.length < LISTED_MAX) {
    const page = await api.ask('GET', `${path}?limit=${PAGE}&offset=${found.length}`);
    if (page.kind !== 'done') return { failed: describe(page) };
    const { objects } = page.body;
    if (!Array.isArray(objects)) return { failed: NOT_THEIRS };
    const entries = objects.map((one): Json => Object(one) as Json);
    found.push(...entries);
    if (entries.length < PAGE) break;
  }
  return found;
}

export async function applicationsOf(api: PlivoApi): Promise<Application[] | { failed: string }> {
  const found = await listed(api, 'Application/');
  if (!Array.isArray(found)) return found;
  return found.map((one) => ({
    id: text(one['app_id']),
    name: text(one['app_name']),
    answerUrl: text(one['answer_url']),
    hangupUrl: text(one['hangup_url']),
    hangupMethod: text(one['hangup_method']) || 'POST',
  }));
}

/** Ids are texts in some replies and numbers in others. */
function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
