import twilio from 'twilio';
import type { AnswerInstruction } from '../answer-instruction.js';
import type { Reply } from '../ingress.js';

/**
 * Writes CXML, in Twilio's words (https://developers.cloudonix.com/Documentation/voiceApplication). What follows
 * `<Connect>` runs once its stream is over. Cloudonix's `<Reject>` and `<Say>` are not known to us, so a call is
 * refused by `<Hangup>` with a comment that says why.
 */
export function renderCxml(instruction: AnswerInstruction): Reply {
  const response = new twilio.twiml.VoiceResponse();
  let why = '';
  switch (instruction.kind) {
    case 'stream':
      response.connect().stream({ url: instruction.streamUrl });
      break;
    case 'reject':
      why = instruction.busy ? '<!-- busy -->' : '<!-- rejected -->';
      break;
    case 'hangup':
    case 'say-and-hangup':
    case 'transfer':
    case 'announce':
      break;
    default:
      instruction satisfies never;
  }
  response.hangup();
  const body = response.toString().replace('<Hangup/>', `${why}<Hangup/>`);
  return { status: 200, contentType: 'application/xml; charset=utf-8', body };
}
