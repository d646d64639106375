import { createContext, type ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { usePhone, type Phone } from './use-phone.js';

const Context = createContext<Phone | null>(null);

/** One telephone for all pages, so that a person can look at the call on other pages while talking. */
export function PhoneProvider({ children }: { children: ComponentChildren }) {
  const phone = usePhone();
  return <Context.Provider value={phone}>{children}</Context.Provider>;
}

export function useThisPhone(): Phone {
  const phone = useContext(Context);
  if (!phone) throw new Error('there is no telephone above');
  return phone;
}
