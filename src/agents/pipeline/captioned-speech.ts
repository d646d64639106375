import type { IncomingMessage } from 'node:http';
import { ModelError } from '../models/model-server.js';
import type { WordTime } from './heard-words.js';

/** Characters of one line: some minutes of audio. */
const LINE_MAX = 16 * 1024 * 1024;

export interface CaptionedPiece {
  /** As the server was asked for them. */
  samples: Buffer;
  words: readonly WordTime[];
}

/**
 * What Kokoro-FastAPI streams from `/dev/captioned_speech`: a line of JSON for each piece, with `audio` in base64 and
 * `timestamps` of words in seconds from the beginning of all (its `CaptionedSpeechResponse` and `JSONStreamingResponse`).
 *
 * @throws ModelError for anything else
 */
export async function* readCaptioned(reply: IncomingMessage): AsyncGenerator<CaptionedPiece> {
  let rest = '';
  reply.setEncoding('utf8');
  for await (const text of reply as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_MAX)
      throw new ModelError('a line of the speech server is endless', null);
    for (const line of lines) if (line.trim() !== '') yield pieceOf(line);
  }
  if (rest.trim() !== '') yield pieceOf(rest);
}

function pieceOf(line: string): CaptionedPiece {
  let told: { audio?: unknown; timestamps?: unknown } | null;
  try {
    told = JSON.parse(line) as typeof told;
  } catch {
    throw new ModelError('the speech server sends something else than lines of JSON', null);
  }
  const { audio, timestamps } = Object(told) as { audio?: unknown; timestamps?: unknown };
  if (typeof audio !== 'string') {
    throw new ModelError('the speech server sends a line without audio', null);
  }
  return {
    samples: Buffer.from(audio, 'base64'),
    words: Array.isArray(timestamps) ? timestamps.flatMap(wordOf) : [],
  };
}

/** Without its time a word is none. */
function wordOf(told: unknown): WordTime[] {
  const { word, end_time: end } = Object(told) as { word?: unknown; end_time?: unknown };
  if (typeof word !== 'string' || typeof end !== 'number') return [];
  return [{ word, endMs: end * 1_000 }];
}
