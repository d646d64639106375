export const line = {
  yourTelephone: 'Your telephone',
  toThePhone: 'To the phone',
  decline: 'Decline',
  browsersGiveTheMicrophoneTo:
    'Browsers give the microphone to pages from https or this machine only.',
  theMicrophoneIsNotAllowed:
    'The microphone is not allowed. Allow it for this page, and call again.',
  thereIsNoMicrophonePlug: 'There is no microphone. Plug one in, and call again.',
  nobodyIsOnTheLine: 'Nobody is on the line.',
  theCallIsBeingPlaced: 'The call is being placed…',
  itRingsAtTheOther: 'It rings at the other end…',
  yourTelephoneRings: 'Your telephone rings.',
  youAreTalking: 'You are talking.',
  theCallIsOver: 'The call is over.',
  thereIsNoLineFive:
    'There is no line: five of your phones are open already, or the simulated carrier is not there. Try again.',
  theCallWasRejectedNo: 'The call was rejected: no workflow has claimed this number.',
  busyThisServiceTakesNo: 'Busy: this service takes no more calls at the moment.',
  nobodyCanBeReachedUnder:
    'Nobody can be reached under this. A number begins with + and the country’s code.',
  theCallWasNotTaken: 'The call was not taken ({refused}).',
} as const;
