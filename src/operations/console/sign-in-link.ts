import { Injectable } from '@nestjs/common';
import { AccessSettings, StoreSettings } from '../../config/settings.js';
import { isUnavailable } from '../../database/store-errors.js';
import { FirstStart } from '../../tenants/first-start.js';
import { keyFile } from '../../tenants/settings-key.js';
import { SignInTickets } from './sign-in-tickets.js';

/** How the person who starts the service signs in to its console. */
@Injectable()
export class SignInLink {
  constructor(
    private readonly tickets: SignInTickets,
    private readonly firstStart: FirstStart,
    private readonly access: AccessSettings,
    private readonly store: StoreSettings,
  ) {}

  /**
   * In a terminal, a link that signs in once without the key. Elsewhere the
   * output is collected and kept, and a later reader could sign in with the link, so
   * the output says where the key is instead.
   * @param watched whether this is written to a terminal
   * @returns null if there is nothing to say, because the key is in the settings and its owner has it
   */
  async invitation(localOrigin: string, watched: boolean): Promise<string | null> {
    const { foundEmpty } = this.firstStart;
    const generated = this.access.apiKey === null;
    const ticket = watched && (foundEmpty || generated) ? await this.ticket() : null;
    if (ticket !== null) {
      const link = `${localOrigin}/console/sign-in?ticket=${ticket}`;
      return `Console (one sign-in, within 15 minutes): ${link}\n`;
    }
    if (!foundEmpty) return null;
    const key = generated ? `the key in ${keyFile(this.store)}` : 'the value of API_KEY';
    return `Console: ${localOrigin}/console (sign in with ${key})\n`;
  }

  /** Null while the store is away. */
  private async ticket(): Promise<string | null> {
    return this.tickets.issue().catch((error: unknown) => {
      if (isUnavailable(error)) return null;
      throw error;
    });
  }
}
