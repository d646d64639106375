import { deliver, localStream, type GotReply, type SentRequest } from '../gateway-place.js';
import { FrameClock } from '../media/frame-clock.js';
import { ExotelCall, national, type Ending } from './exotel-call.js';
import { USUAL, type Doubts, type ExotelOptions } from './exotel-options.js';
import { ExotelSocket } from './media-socket.js';

const BOUNDARY = 'exotel-boundary';

/** The calls of a simulated Exotel. Nothing happens to one by itself but that a flow goes on after its stream. */
export class ExotelExchange {
  readonly calls: ExotelCall[] = [];
  /** What a gateway did that Exotel's documents forbid. */
  readonly violations: string[] = [];
  /** What becomes of callbacks on their way. */
  delivery: 'once' | 'doubled' | 'lost' = 'once';
  /** Statuses of the replies to callbacks. */
  readonly replies: number[] = [];
  /** The last question, and the last callback. */
  readonly sent: { question?: SentRequest; callback?: SentRequest } = {};
  private readonly clock = new FrameClock();
  private readonly doubts: Doubts;

  constructor(
    private readonly options: ExotelOptions,
    doubts: Partial<Doubts>,
  ) {
    this.doubts = { ...USUAL, ...doubts };
  }

  dial(to: string, from: string, statusCallback: string | null): ExotelCall {
    const call = new ExotelCall('outbound-api', to, from, statusCallback);
    this.calls.push(call);
    return call;
  }

  /** Somebody calls one of our numbers. Resolves once the stream is open, or the flow has ended. */
  async callIn(from: string, exoPhone: string): Promise<ExotelCall> {
    const call = new ExotelCall('inbound', from, exoPhone, null);
    this.calls.push(call);
    await this.answer(call);
    return call;
  }

  /** The telephone is picked up, and the flow comes to its applet. */
  async answer(call: ExotelCall): Promise<void> {
    call.answered = true;
    const { appletUrl } = this.options;
    if (appletUrl === null) return;
    const request = this.request(this.doubts.asksBy, appletUrl, this.questionOf(call));
    this.sent.question = request;
    const { status, text } = await this.deliver(request);
    const url = status === 200 ? urlIn(text) : null;
    if (url === null) {
      call.refusals.push(`${status} ${text}`);
      await this.end(call);
      return;
    }
    await this.stream(call, url);
  }

  /** Also for a stream that is opened once more, as after a handshake that failed. */
  async stream(call: ExotelCall, url: string): Promise<void> {
    const { gateway, accountSid } = this.options;
    if (!/^wss:\/\/[^?#]+$/.test(url)) this.violations.push('a URL that is no plain wss');
    const parties = { from: national(call.phone), to: national(call.exoPhone) };
    const socket = new ExotelSocket(
      { sid: call.sid, accountSid, ...parties },
      this.doubts,
      this.clock,
      (what) => this.violations.push(what),
      // The applet is over: what follows it ends the call.
      () => void this.end(call),
    );
    const status = await socket.open(localStream(gateway, url));
    if (status === 101) call.streams.push(socket);
    else call.refusals.push(String(status));
  }

  /** Ends a call; `completed` after one that was answered. */
  async end(call: ExotelCall, ending: Ending = 'completed', seconds = 3): Promise<void> {
    if (call.isOver) return;
    call.status = ending;
    call.seconds = seconds;
    for (const stream of call.streams) stream.stop('callended');
    await this.report(call);
  }

  /** Says how a call stands, once more. */
  async report(call: ExotelCall): Promise<void> {
    if (call.statusCallback === null || this.delivery === 'lost') return;
    const fields = {
      CallSid: call.sid,
      Status: call.status,
      DateUpdated: '2026-11-27 15:30:00',
      RecordingUrl: '',
      ConversationDuration: String(call.seconds),
    };
    const request = this.request('POST', call.statusCallback, fields);
    this.sent.callback = request;
    for (let time = 0; time < (this.delivery === 'doubled' ? 2 : 1); time++) {
      const { status } = await this.deliver(request);
      this.replies.push(status);
      if (status !== 200) this.violations.push(`a callback was answered with ${status}`);
    }
  }

  /** As it is, whatever it is. */
  deliver(request: SentRequest): Promise<GotReply> {
    return deliver(this.options.gateway, request);
  }

  stop(): void {
    for (const { streams } of this.calls) for (const stream of streams) stream.cut();
    this.clock.stop();
  }

  private questionOf(call: ExotelCall): Record<string, string> {
    const isInbound = call.direction === 'inbound';
    return {
      CallSid: call.sid,
      CallFrom: national(call.phone),
      CallTo: national(call.exoPhone),
      Direction: isInbound ? 'incoming' : 'outbound-dial',
      Created: 'Fri, 27 Nov 2026 15:30:00',
      CurrentTime: '2026-11-27 15:30:00',
    };
  }

  private request(
    method: 'GET' | 'POST',
    url: string,
    fields: Record<string, string>,
  ): SentRequest {
    const form = new URLSearchParams(fields).toString();
    if (method === 'GET') {
      return {
        method,
        url: `${url}${url.includes('?') ? '&' : '?'}${form}`,
        headers: {},
        body: '',
      };
    }
    switch (this.doubts.sendsAs) {
      case 'form':
        return typed('application/x-www-form-urlencoded', form);
      case 'json':
        return typed('application/json', JSON.stringify(fields));
      case 'multipart': {
        const parts = Object.entries(fields).map(
          ([name, value]) =>
            `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
        );
        return typed(
          `multipart/form-data; boundary=${BOUNDARY}`,
          `${parts.join('')}--${BOUNDARY}--\r\n`,
        );
      }
      default:
        return this.doubts.sendsAs satisfies never;
    }

    function typed(type: string, body: string): SentRequest {
      return { method, url, headers: { 'Content-Type': type }, body };
    }
  }
}

function urlIn(text: string): string | null {
  try {
    const { url } = Object(JSON.parse(text)) as { url?: unknown };
    return typeof url === 'string' ? url : null;
  } catch {
    return null;
  }
}
