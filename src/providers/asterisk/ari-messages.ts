import { jsonObjectIn } from '../../shared/json-object.js';
/** A channel, as far as we read it. Absent texts are empty. */
export interface AriChannel {
  id: string;
  /** `Down`, `Ring` (it calls us), `Ringing`, `Up` and others. */
  state: string;
  callerNumber: string;
  /** Where it is in the dialplan. */
  context: string;
  /** What was called, for a channel that calls us. */
  exten: string;
  /** The dialplan's application that has the channel, and its data: `Stasis`, `patchbay,…`. */
  appName: string;
  appData: string;
  createdAt: Date | null;
}

/** An event, reduced to what all have. */
export interface AriEvent {
  type: string;
  at: Date | null;
  /** The channel it is about: `channel`, or the dialled side of a `Dial`. */
  channel: AriChannel | null;
  /** As received. */
  fields: Record<string, unknown>;
}

/** Null for a text that is no event. */
export function readEvent(text: string): AriEvent | null {
  const fields = jsonObjectIn(text);
  const type = fields?.['type'];
  if (!fields || typeof type !== 'string') return null;
  return {
    type,
    at: timeIn(fields['timestamp']),
    channel: readChannel(fields['channel'] ?? fields['peer']),
    fields,
  };
}

/** Null for a value without an id. */
export function readChannel(value: unknown): AriChannel | null {
  const channel = Object(value) as Record<string, unknown>;
  const id = textIn(channel['id']);
  if (id === '') return null;
  const dialplan = Object(channel['dialplan']) as Record<string, unknown>;
  const caller = Object(channel['caller']) as Record<string, unknown>;
  return {
    id,
    state: textIn(channel['state']),
    callerNumber: textIn(caller['number']),
    context: textIn(dialplan['context']),
    exten: textIn(dialplan['exten']),
    appName: textIn(dialplan['app_name']),
    appData: textIn(dialplan['app_data']),
    createdAt: timeIn(channel['creationtime']),
  };
}

/** Whether a channel is in our application. */
export function isOfApp(
  { appName, appData }: Pick<AriChannel, 'appName' | 'appData'>,
  app: string,
): boolean {
  return appName === 'Stasis' && (appData === app || appData.startsWith(`${app},`));
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberIn(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Asterisk writes the offset without a colon. */
function timeIn(value: unknown): Date | null {
  const time = new Date(textIn(value).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(time.getTime()) ? null : time;
}
