import { PageHeading } from '../components/heading.js';

export function PhonePage() {
  return <PageHeading>Phone</PageHeading>;
}
