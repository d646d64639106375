import { useState } from 'preact/hooks';
import type { PhoneNumber } from '../api/types.js';
import { useList } from '../hooks.js';
import { m } from '../messages/all.js';
import type { Phone } from '../phone/use-phone.js';
import { useSession } from '../session.js';
import { bareNumber } from '../words/placement.js';
import { Link } from '../router.js';
import { Field } from './field.js';
import { rich } from './rich.js';

/** Calls one of our numbers from the phone of this browser, as a stranger would. */
export function DialNumber({ phone }: { phone: Phone }) {
  const { session } = useSession();
  return session?.administrator === false ? (
    <DialForm phone={phone} numbers={[]} />
  ) : (
    <DialClaimed phone={phone} />
  );
}

/** Which numbers are claimed, only user 1 may know. */
function DialClaimed({ phone }: { phone: Phone }) {
  const { data } = useList<PhoneNumber>('api/v1/phone-numbers');
  // What is no telephone number cannot be dialled.
  const numbers = (data?.data ?? [])
    .map(({ number }) => number)
    .filter((one) => one.startsWith('+'));
  return <DialForm phone={phone} numbers={[...new Set(numbers)]} />;
}

function DialForm({ phone, numbers }: { phone: Phone; numbers: readonly string[] }) {
  const [typed, setTyped] = useState<string | null>(null);
  const to = typed ?? numbers[0] ?? '';
  const free = phone.state === 'idle' || phone.state === 'ended';
  return (
    <form
      class="form"
      aria-labelledby="dial-heading"
      onSubmit={(event) => {
        event.preventDefault();
        phone.dial(bareNumber(to));
      }}
    >
      <h2 id="dial-heading">{m.phone.callOneOfMyNumbers}</h2>
      <p class="intro">{m.phone.thisBrowserIsTheCaller}</p>
      <Field
        label={m.phone.number}
        id="phone-number"
        hint={
          numbers.length > 0 ? (
            m.phone.oneThatAWorkflowHas
          ) : (
            <>
              {rich(m.phone.oneThatAWorkflowHasClaimedUnderNumbers, {
                marks: { link: (text) => <Link to="numbers">{text}</Link> },
              })}
            </>
          )
        }
      >
        <input
          required
          type="tel"
          placeholder="+15005550006"
          list="claimed-numbers"
          maxLength={40}
          value={to}
          disabled={!free}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </Field>
      <datalist id="claimed-numbers">
        {numbers.map((number) => (
          <option key={number}>{number}</option>
        ))}
      </datalist>
      <div class="actions">
        <button type="submit" disabled={!free}>
          {m.phone.dial}
        </button>
      </div>
    </form>
  );
}
