import { Injectable } from '@nestjs/common';
import { LimitSettings } from '../config/settings.js';
import { isEmergency, isPremium, parseE164 } from '../shared/phone-number.js';

/** The numbers that may be called, whether a call is placed or transferred. */
@Injectable()
export class Destinations {
  constructor(private readonly settings: LimitSettings) {}

  /** Why a number may not be called, as the end of a sentence about it; null: it may. */
  problemWith(text: string): string | null {
    const number = parseE164(text);
    if (!number) return 'must be a phone number in E.164, such as +14155552671';
    const { allowedDestinations } = this.settings;
    if (allowedDestinations && !allowedDestinations.includes(number.callingCode ?? '')) {
      return 'is in a country that ALLOWED_DESTINATIONS does not list';
    }
    if (isEmergency(number.e164)) return 'is an emergency number';
    return isPremium(number.e164) ? 'is a premium-rate number' : null;
  }
}
