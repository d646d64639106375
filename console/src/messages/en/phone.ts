export const phone = {
  callOneOfMyNumbers: 'Call one of my numbers',
  thisBrowserIsTheCaller:
    'This browser is the caller: the workflow that has claimed the number answers, as it would a stranger.',
  number: 'Number',
  oneThatAWorkflowHas: 'One that a workflow has claimed, or another, to see it rejected.',
  oneThatAWorkflowHasClaimedUnderNumbers:
    'One that a workflow has claimed, under <link>Numbers</link>; any other is rejected.',
  dial: 'Dial',
  microphoneAndLoudspeaker: 'Microphone and loudspeaker',
  microphone: 'Microphone',
  loudspeaker: 'Loudspeaker',
  asTheBrowserChoosesIt:
    'As the browser chooses. It names its devices once the microphone was allowed, with the first call.',
  volume: 'Volume',
  percent: '{percent} percent',
  fromTheNextCallOn: 'From the next call on.',
  asTheBrowserChooses: 'As the browser chooses',
  phone: 'Phone',
  callsAreRealHereAnd:
    'Calls are real here and ring real telephones. The phone in the browser is there with the simulated carrier: start without a carrier’s credentials (<code>TWILIO_…</code>), and not with <code>SIMULATED_CARRIER=off</code>.',
  aWorkflowCallsThisBrowser:
    'A workflow calls this browser: your microphone and loudspeaker are the telephone, and the call takes the road of any other, through the simulated carrier.',
  itsAgentTalksWithYou: 'Its agent talks with you.',
  call: 'Call',
  yourTelephone: 'Your telephone',
  theCarriersVoiceSays: 'The carrier’s voice says:',
  answer: 'Answer',
  decline: 'Decline',
  callNumber: 'Call #{runId}',
  hasItsOwnPageWhich: 'has its own page, which you can look at meanwhile.',
  hasItsOwnPageWith: 'has its own page, with what happened and why.',
  you: 'You',
  agent: 'Agent',
  mute: 'Mute',
  keys: 'Keys',
} as const;
