import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { OnApplicationShutdown } from '@nestjs/common';
import { WINDOW_BYTES, VoiceModel, type ListenedVoice } from '../../../audio/ear/voice-model.js';
import type { FromVoiceThread, ToVoiceThread } from '../../../audio/silero/silero-thread.js';
import type { CallMetrics } from '../../../calls/call-metrics.js';
import type { Log } from '../../../shared/logger.js';
import { packageRoot } from '../../../shared/package-root.js';
import { CpuBudget } from './cpu-budget.js';

/** The compiled program: a thread runs no TypeScript. */
const PROGRAM = join(packageRoot(), 'dist', 'src', 'audio', 'silero', 'silero-thread.js');
/** How long a window takes, until it was seen: of the model's time, in milliseconds. */
const FIRST_WINDOW_MS = 0.4;
/** How much of it each answer changes. */
const LEARNING = 0.05;
/** A thread that has not answered for so long has no time. */
const STUCK_MS = 300;
/** After a thread that failed. */
const NEXT_THREAD_MS = 5_000;

export interface VoiceThreadParts {
  /** Of one core; 0: nobody is ever listened to. */
  cpuPercent: number;
  metrics: CallMetrics;
  log: Log;
  /** Default: 300. */
  stuckMs?: number;
}

/**
 * Silero VAD in a thread of its own, for all calls of this process, within a part of one core
 * (`VOICE_MODEL_CPU_PERCENT`). The thread is started for the first call that may be listened to; until it runs, and whenever there is
 * no time, nobody is listened to by it.
 */
export class VoiceThread extends VoiceModel implements OnApplicationShutdown {
  private thread: Worker | null = null;
  /** Whether it listens. */
  isRunning = false;
  private failedAt = -Infinity;
  private readonly budget: CpuBudget;
  private windowMs = FIRST_WINDOW_MS;
  private readonly voices = new Map<number, (probability: number) => void>();
  private lastVoice = 0;
  /** Answers that have not come; since when the oldest is waited for. */
  private open = 0;
  private waitingSince = 0;

  constructor(private readonly parts: VoiceThreadParts) {
    super();
    this.budget = new CpuBudget(parts.cpuPercent, performance.now());
  }

  override prepare(): void {
    if (this.thread || this.parts.cpuPercent === 0) return;
    if (performance.now() - this.failedAt < NEXT_THREAD_MS) return;
    const thread = new Worker(PROGRAM);
    this.thread = thread;
    thread.unref();
    thread.on('message', (message: FromVoiceThread) => {
      if (this.thread === thread) this.take(message);
    });
    thread.on('error', (error) => this.fail(thread, error));
    thread.once('exit', () => this.fail(thread, new Error('the thread has ended')));
  }

  listen(windows: number, onHeard: (probability: number) => void): ListenedVoice | null {
    this.prepare();
    if (!this.hasTimeFor(windows)) return null;
    this.lastVoice += 1;
    const voice = this.lastVoice;
    this.voices.set(voice, onHeard);
    // The first of them are paid for.
    let paid = windows;
    return {
      push: (pushed) => {
        const count = pushed.length / WINDOW_BYTES;
        const isPaid = paid >= count;
        paid = Math.max(0, paid - count);
        if (!this.voices.has(voice) || !(isPaid || this.hasTimeFor(count))) return false;
        this.ask({ voice, windows: pushed }, count);
        return true;
      },
      end: () => {
        if (this.voices.delete(voice)) this.thread?.postMessage({ voice, windows: null });
      },
    };
  }

  async onApplicationShutdown(): Promise<void> {
    const { thread } = this;
    this.thread = null;
    this.failedAt = Infinity;
    this.forgetAll();
    await thread?.terminate();
  }

  private hasTimeFor(windows: number): boolean {
    const now = performance.now();
    if (this.isRunning && !this.isStuck(now) && this.budget.spend(windows * this.windowMs, now)) {
      return true;
    }
    this.parts.metrics.voiceModelRefused += 1;
    return false;
  }

  private isStuck(now: number): boolean {
    const { stuckMs = STUCK_MS } = this.parts;
    return this.open > 0 && now - this.waitingSince > stuckMs;
  }

  private ask(message: ToVoiceThread, windows: number): void {
    if (this.open === 0) this.waitingSince = performance.now();
    this.open += 1;
    this.parts.metrics.voiceWindows += windows;
    this.thread?.postMessage(message);
  }

  private take(message: FromVoiceThread): void {
    switch (message.kind) {
      case 'ready':
        this.isRunning = true;
        return;
      case 'heard': {
        const { voice, probability, windows, ms } = message;
        this.open -= 1;
        this.waitingSince = performance.now();
        this.parts.metrics.voiceModelMs += ms;
        this.windowMs += (ms / windows - this.windowMs) * LEARNING;
        this.voices.get(voice)?.(probability);
        return;
      }
      default:
        message satisfies never;
    }
  }

  /** It is tried again later; callers who were listened to are not any more. */
  private fail(thread: Worker, error: unknown): void {
    if (this.thread !== thread) return;
    this.parts.log.warn('voice_model.failed', { error });
    this.thread = null;
    this.failedAt = performance.now();
    this.forgetAll();
  }

  private forgetAll(): void {
    this.isRunning = false;
    this.open = 0;
    this.voices.clear();
  }
}
