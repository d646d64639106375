export interface VttCue {
  /** In milliseconds. */
  from: number;
  to: number;
  voice: string;
  text: string;
}

const TIME = /^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})$/;
const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/**
 * Reads a file as its authors must write it (W3C WebVTT, "Syntax"): stricter than players, which skip what they do not
 * understand. Of cue text, a voice span around plain text is all that is allowed here.
 *
 * @throws Error naming what breaks the grammar
 */
export function readVtt(file: string): VttCue[] {
  if (/[\0\r]/.test(file)) throw new Error('it has NUL or CR');
  const [header, ...blocks] = file.replace(/\n+$/, '').split(/\n{2,}/);
  if (header !== 'WEBVTT') throw new Error(`its header is ${JSON.stringify(header)}`);
  let last = 0;
  return blocks.map((block) => {
    const lines = block.split('\n');
    const [id = '', times = '', ...payload] = lines;
    if (id.includes('-->') || lines.length < 3) throw new Error('a cue has no id, times and text');
    const parts = times.split(' --> ');
    const [from, to] = [timeOf(parts[0]), timeOf(parts[1])];
    if (parts.length !== 2 || to <= from) throw new Error(`times: ${times}`);
    if (from < last) throw new Error('cues are not in the order of their beginnings');
    last = from;
    const text = payload.join('\n');
    if (text.includes('-->')) throw new Error('a text with an arrow');
    const [, voice, said] = /^<v ([^\n\r&>]+)>([^<>]*)<\/v>$/.exec(text) ?? [];
    if (voice === undefined || said === undefined) throw new Error(`not a voice span: ${text}`);
    if (/&(?!amp;|lt;|gt;)/.test(said)) throw new Error('an ampersand that is none');
    return { from, to, voice, text: said.replace(/&\w+;/g, (one) => ENTITIES[one] as string) };
  });
}

function timeOf(text = ''): number {
  const match = TIME.exec(text);
  if (!match) throw new Error(`no time: ${text}`);
  const [, hours = '0', minutes, seconds, ms] = match;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(ms);
}
