import { WebSocket } from 'ws';
import type { AgentCall, AgentSession, Utterance } from '../agent.js';

export interface RealtimeTool {
  name: string;
  description: string;
  parameters?: Record<string, unknown>;
}

export interface RealtimeOptions {
  instructions: string;
  greeting?: string;
  model?: string;
  voice?: string;
  turn_detection?: 'server_vad' | 'semantic_vad';
  tools?: RealtimeTool[];
}

const CONNECT_MS = 10_000;
const MESSAGE_MAX_BYTES = 4 * 1024 * 1024;
/** Half a minute of audio: a model that does not read any more. */
const UNSENT_MAX_BYTES = 512 * 1024;
/** How long a goodbye may take before the call is ended all the same. */
const GOODBYE_MS = 10_000;
const BYTES_PER_MS = 8;
const NO_PARAMETERS = { type: 'object', properties: {} };

const TOOLS: RealtimeTool[] = [
  {
    name: 'hang_up',
    description: 'Ends the call, once what you have said has been heard. Say goodbye before.',
  },
  {
    name: 'set_facts',
    description: 'Stores what you have found out about the call, by name.',
    parameters: { type: 'object', additionalProperties: true },
  },
];

interface ServerEvent {
  type: string;
  item_id?: string;
  delta?: string;
  item?: { type?: string; name?: string; call_id?: string; arguments?: string };
  error?: { code?: string | null; type?: string };
}

/** One item the model is saying. */
interface Spoken {
  itemId: string;
  utterance: Utterance;
  receivedBytes: number;
}

/**
 * One conversation with the model; μ-law straight through, both ways. When the
 * caller speaks the server stops its response by itself; here the rest is taken
 * back from the carrier, and the model is told how much of it was heard.
 */
export class RealtimeSession implements AgentSession {
  private socket: WebSocket | null = null;
  private speaking: Spoken[] = [];
  private readonly answered = new Set<string>();
  private goodbye: NodeJS.Timeout | null = null;
  private errors = 0;
  private over = false;

  constructor(
    private readonly call: AgentCall,
    private readonly options: RealtimeOptions,
    private readonly url: URL,
    private readonly key: string,
  ) {}

  /**
   * Resolves once the session is set up as asked for.
   * @throws Error when it is not within ten seconds; never with the key in it
   */
  async begin(): Promise<void> {
    const socket = new WebSocket(this.url, {
      headers: { Authorization: `Bearer ${this.key}` },
      perMessageDeflate: false,
      maxPayload: MESSAGE_MAX_BYTES,
      handshakeTimeout: CONNECT_MS,
      followRedirects: false,
    });
    this.socket = socket;
    const abort = (): void => socket.terminate();
    this.call.signal.addEventListener('abort', abort, { once: true });
    const ready = await new Promise<string | null>((resolve) => {
      const late = setTimeout(() => resolve('no answer within 10 s'), CONNECT_MS);
      const settle = (reason: string | null): void => {
        clearTimeout(late);
        resolve(reason);
      };
      socket.on('open', () => this.send(this.sessionUpdate()));
      socket.on('unexpected-response', (request, response) => {
        settle(`HTTP ${response.statusCode ?? 0}`);
        request.destroy();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? 'it failed'));
      socket.on('close', (code) => {
        settle(`closed with ${code}`);
        this.lost(code);
      });
      socket.on('message', (data) => {
        const event = read((data as Buffer).toString());
        if (event?.type === 'session.updated') settle(null);
        else if (event?.type === 'error') settle(codeOf(event));
        if (event && !this.over) this.attempt(() => this.hear(event));
      });
    });
    this.call.signal.removeEventListener('abort', abort);
    if (this.call.signal.aborted) {
      this.close();
      return;
    }
    if (ready !== null) {
      this.close();
      throw new Error(`the Realtime API did not begin the session: ${ready}`);
    }
    if (this.options.greeting !== undefined) {
      this.send({ type: 'response.create', response: { instructions: this.options.greeting } });
    }
  }

  onAudio(audio: Buffer): void {
    const { socket } = this;
    if (!socket) return;
    if (socket.bufferedAmount > UNSENT_MAX_BYTES) throw new Error('the Realtime API does not read');
    socket.send(`{"type":"input_audio_buffer.append","audio":"${audio.toString('base64')}"}`);
  }

  onDtmf(digit: string): void {
    this.send({
      type: 'conversation.item.create',
      item: {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: `[The caller pressed the key ${digit}.]` }],
      },
    });
    this.send({ type: 'response.create' });
  }

  onEnd(): void {
    this.close();
  }

  private sessionUpdate() {
    const { instructions, voice = 'marin', turn_detection: turns = 'server_vad' } = this.options;
    const tools = [...TOOLS, ...(this.options.tools ?? [])];
    const format = { type: 'audio/pcmu' };
    return {
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions,
        output_modalities: ['audio'],
        audio: {
          input: {
            format,
            turn_detection: { type: turns, create_response: true, interrupt_response: true },
          },
          output: { format, voice },
        },
        tools: tools.map(({ name, description, parameters = NO_PARAMETERS }) => ({
          type: 'function',
          name,
          description,
          parameters,
        })),
        tool_choice: 'auto',
      },
    };
  }

  private hear(event: ServerEvent): void {
    switch (event.type) {
      case 'response.output_audio.delta':
        this.speak(event.item_id ?? '', Buffer.from(event.delta ?? '', 'base64'));
        return;
      case 'response.output_audio.done':
        this.find(event.item_id)?.utterance.end();
        return;
      case 'input_audio_buffer.speech_started':
        this.interrupted();
        return;
      case 'response.output_item.done':
        if (event.item?.type === 'function_call') this.use(event.item);
        return;
      case 'error':
        // The session stays open after most of them.
        this.errors += 1;
        this.call.setFacts({ openai_errors: this.errors });
        return;
      default:
    }
  }

  private speak(itemId: string, audio: Buffer): void {
    let spoken = this.find(itemId);
    if (!spoken) {
      const utterance = this.call.speak();
      spoken = { itemId, utterance, receivedBytes: 0 };
      this.speaking.push(spoken);
      const done = spoken;
      // An interrupted one is kept, so that what still comes of it is dropped; not for ever.
      void utterance.finished.then((how) => {
        if (how === 'played') this.speaking = this.speaking.filter((one) => one !== done);
      });
    }
    spoken.receivedBytes += audio.length;
    spoken.utterance.write(audio);
  }

  private find(itemId: string | undefined): Spoken | undefined {
    return this.speaking.find((one) => one.itemId === itemId);
  }

  private interrupted(): void {
    const unheard = this.speaking.filter(({ utterance }) => !utterance.interrupted);
    this.call.interrupt();
    for (const { itemId, utterance, receivedBytes } of unheard) {
      if (!utterance.interrupted) continue;
      // What the model has not sent cannot have been heard; more than that it refuses.
      const heard = Math.min(utterance.heardMs, receivedBytes / BYTES_PER_MS);
      this.send({
        type: 'conversation.item.truncate',
        item_id: itemId,
        content_index: 0,
        audio_end_ms: Math.floor(heard),
      });
    }
    this.speaking = this.speaking.slice(-8);
  }

  private use({
    name = '',
    call_id: id = '',
    arguments: text = '{}',
  }: {
    name?: string;
    call_id?: string;
    arguments?: string;
  }): void {
    if (this.answered.has(id)) return;
    this.answered.add(id);
    const output = this.apply(name, text);
    this.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: id, output: JSON.stringify(output) },
    });
    if (name === 'hang_up') this.hangUp();
    else this.send({ type: 'response.create' });
  }

  private apply(name: string, text: string): { ok: boolean; error?: string } {
    if (name === 'hang_up') return { ok: true };
    const known = name === 'set_facts' || this.options.tools?.some((tool) => tool.name === name);
    if (!known) return { ok: false, error: `there is no tool "${name}"` };
    try {
      const told = JSON.parse(text) as Record<string, unknown>;
      if (typeof told !== 'object' || told === null || Array.isArray(told)) throw new Error();
      this.call.setFacts(name === 'set_facts' ? told : { [name]: told });
      return { ok: true };
    } catch {
      return { ok: false, error: 'the arguments must be a small JSON object' };
    }
  }

  /** Once everything said so far has been heard. */
  private hangUp(): void {
    const heard = this.speaking.map(({ utterance }) => {
      utterance.end();
      return utterance.finished;
    });
    this.goodbye ??= setTimeout(() => this.call.hangUp(), GOODBYE_MS);
    void Promise.all(heard).then(() => this.call.hangUp());
  }

  /** What comes from outside may be of any shape: it ends this call at most. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch {
      this.call.fail(new Error('the Realtime API sent what makes no sense'));
    }
  }

  private lost(code: number): void {
    if (this.over) return;
    this.over = true;
    this.call.fail(new Error(`the Realtime API closed the session (${code})`));
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private close(): void {
    this.over = true;
    if (this.goodbye) clearTimeout(this.goodbye);
    const { socket } = this;
    this.socket = null;
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    socket.close(1000);
    const cut = setTimeout(() => socket.terminate(), 2_000);
    socket.once('close', () => clearTimeout(cut));
  }
}

function read(text: string): ServerEvent | null {
  try {
    const event = JSON.parse(text) as ServerEvent | null;
    return typeof event?.type === 'string' ? event : null;
  } catch {
    return null;
  }
}

/** A code, never the message: that may quote the key. */
function codeOf(event: ServerEvent): string {
  const code: unknown = event.error?.code ?? event.error?.type;
  return typeof code === 'string' ? code.slice(0, 100) : 'error';
}
