import { useEffect, useState } from 'preact/hooks';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { keep, kept, keptVolume, type Kept } from '../phone/kept.js';
import type { Phone } from '../phone/use-phone.js';
import { Field } from './field.js';

/** Which microphone and loudspeaker the telephone uses; the browser remembers it. */
export function PhoneDevices({ phone }: { phone: Phone }) {
  const devices = useDevices(phone.state);
  const microphones = namedDevices(devices, 'audioinput');
  const speakers =
    'setSinkId' in AudioContext.prototype ? namedDevices(devices, 'audiooutput') : [];
  return (
    <section class="form" aria-labelledby="devices-heading">
      <h2 id="devices-heading">{m.phone.microphoneAndLoudspeaker}</h2>
      <DeviceField what="microphone" label={m.phone.microphone} devices={microphones} />
      <DeviceField what="speaker" label={m.phone.loudspeaker} devices={speakers} />
      {microphones.length === 0 ? <p class="hint">{m.phone.asTheBrowserChoosesIt}</p> : null}
    </section>
  );
}

/** How loud the telephone is; the browser remembers it. */
export function PhoneVolume({ phone }: { phone: Phone }) {
  const [percent, setPercent] = useState(() => Math.round(keptVolume() * 100));
  const turn = (to: number): void => {
    setPercent(to);
    keep('volume', String(to));
    phone.setVolume(to / 100);
  };
  return (
    <Field label={m.phone.volume} id="phone-volume">
      <input
        type="range"
        min={0}
        max={100}
        step={5}
        value={percent}
        aria-valuetext={fill(m.phone.percent, { percent })}
        onInput={(event) => turn(Number(event.currentTarget.value))}
      />
    </Field>
  );
}

interface DeviceFieldProps {
  what: Kept;
  label: string;
  devices: readonly MediaDeviceInfo[];
}

function DeviceField({ what, label, devices }: DeviceFieldProps) {
  const [chosen, setChosen] = useState(() => kept(what) ?? '');
  if (devices.length === 0) return null;
  const known = devices.some(({ deviceId }) => deviceId === chosen);
  return (
    <Field label={label} id={`phone-${what}`} hint={m.phone.fromTheNextCallOn}>
      <select
        value={known ? chosen : ''}
        onChange={(event) => {
          setChosen(event.currentTarget.value);
          keep(what, event.currentTarget.value);
        }}
      >
        <option value="">{m.phone.asTheBrowserChooses}</option>
        {devices.map(({ deviceId, label: name }) => (
          <option key={deviceId} value={deviceId}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Those that can be told apart: before the microphone was allowed, devices have neither name nor id. */
function namedDevices(
  devices: readonly MediaDeviceInfo[],
  kind: MediaDeviceKind,
): MediaDeviceInfo[] {
  return devices.filter(
    (device) =>
      device.kind === kind &&
      device.label !== '' &&
      // The browser's own choice has an entry of its own here.
      !['', 'default', 'communications'].includes(device.deviceId),
  );
}

/** @param state of the phone, since names appear when the microphone was allowed */
function useDevices(state: Phone['state']): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    // A page that is neither from https nor from this machine has no devices.
    const media = 'mediaDevices' in navigator ? navigator.mediaDevices : null;
    if (!media) return undefined;
    let shown = true;
    const read = (): void => {
      const found = media.enumerateDevices().catch((): MediaDeviceInfo[] => []);
      void found.then((list) => shown && setDevices(list));
    };
    read();
    media.addEventListener('devicechange', read);
    return () => {
      shown = false;
      media.removeEventListener('devicechange', read);
    };
  }, [state]);
  return devices;
}
