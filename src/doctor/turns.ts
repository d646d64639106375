import { Injectable } from '@nestjs/common';
import { Leases } from '../cluster/leases.js';
import { isUnavailable } from '../database/store-errors.js';

/** Ends a turn. Never rejects: a turn that cannot be given back lapses. */
export type GiveBack = () => Promise<void>;

/** Lets one piece of the doctor's work run at a time, on all instances together. */
@Injectable()
export class Turns {
  private readonly taken = new Set<string>();

  constructor(private readonly leases: Leases) {}

  /**
   * Takes the turn for a kind of work. While the store is away, it is kept at this instance alone:
   * the doctor is needed most then.
   * @param milliseconds after which another instance may take it if this one has not given it back
   * @returns null: somebody else has it, here or at another instance
   */
  async take(work: string, milliseconds: number): Promise<GiveBack | null> {
    if (this.taken.has(work)) return null;
    this.taken.add(work);
    const job = `doctor-${work}`;
    const isOurs = await this.claim(job, milliseconds).catch((error: unknown) => {
      this.taken.delete(work);
      throw error;
    });
    if (!isOurs) {
      this.taken.delete(work);
      return null;
    }
    return async () => {
      await this.leases.giveJob(job).catch(() => undefined);
      this.taken.delete(work);
    };
  }

  private async claim(job: string, milliseconds: number): Promise<boolean> {
    if (this.leases.fenced) return true;
    try {
      return await this.leases.takeJob(job, milliseconds);
    } catch (error) {
      if (isUnavailable(error)) return true;
      throw error;
    }
  }
}
