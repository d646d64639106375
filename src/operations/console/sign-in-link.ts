import { Injectable } from '@nestjs/common';
import { AccessSettings } from '../../config/settings.js';
import { FirstStart } from '../../tenants/first-start.js';
import { SignInTickets } from './sign-in-tickets.js';

/** The link that lets whoever starts the service into its console without looking for the key. */
@Injectable()
export class SignInLink {
  constructor(
    private readonly tickets: SignInTickets,
    private readonly firstStart: FirstStart,
    private readonly access: AccessSettings,
  ) {}

  /**
   * For the terminal only, never for the log: whoever reads it may sign in, once.
   * @param watched whether a person sees the output. Where not, only the very first start tells it.
   * @returns null where none is due: the key is in the settings, so its owner has it at hand
   */
  invitation(localOrigin: string, watched: boolean): string | null {
    const { foundEmpty } = this.firstStart;
    const generated = this.access.apiKey === null;
    if (!foundEmpty && !(generated && watched)) return null;
    const link = `${localOrigin}/console/sign-in?ticket=${this.tickets.issue()}`;
    return `Console (one sign-in, within 15 minutes): ${link}\n`;
  }
}
