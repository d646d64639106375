import twilio from 'twilio';
import type { AnswerInstruction } from '../answer-instruction.js';
import { renderAnswer, type RenderedAnswer } from '../twilio/answer.js';
import { TEXML } from './texml.dialect.js';

/** What Twilio's builder does not know of `<Stream>`; without the mode our audio would be taken for MP3. */
const BIDIRECTIONAL = { bidirectionalMode: 'rtp', bidirectionalCodec: 'PCMU', codec: 'PCMU' };

/**
 * Writes TeXML. `<Connect>` lasts as long as its stream, and `<Redirect>` then asks what follows: an `action` of
 * `<Connect>` is not documented.
 */
export function renderTexml(instruction: AnswerInstruction): RenderedAnswer {
  const rendered = renderAnswer(instruction, TEXML);
  if (instruction.kind !== 'stream') return rendered;
  const response = new twilio.twiml.VoiceResponse();
  response.connect().stream({ url: instruction.streamUrl, ...BIDIRECTIONAL });
  response.redirect({ method: 'POST' }, instruction.actionUrl);
  const stream = response.toString().replace(/^<\?xml[^>]*\?>/, '');
  // The sentence before the stream, as Twilio's dialect writes it.
  const notice = /<Say>.*<\/Say>/s.exec(rendered.body)?.[0] ?? '';
  return { ...rendered, body: stream.replace('<Response>', `<Response>${notice}`) };
}
