/** What an error of the mail library means, without what the server said: it may quote addresses. */
export function smtpProblem(error: unknown): string {
  const { code, responseCode, command } = Object(error) as {
    code?: unknown;
    responseCode?: unknown;
    command?: unknown;
  };
  const reply = typeof responseCode === 'number' ? ` (it answers ${responseCode})` : '';
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return `the mail server refuses user and password of SMTP_URL${reply}`;
    case 'ETLS':
    case 'EREQUIRETLS':
      return 'the mail server offers no TLS, or its certificate is not trusted: see SMTP_URL';
    case 'EDNS':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host of SMTP_URL cannot be looked up';
    case 'ECONNECTION':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ESOCKET':
      return refusesTls(error)
        ? 'the certificate of the mail server is not trusted'
        : 'no connection to the mail server of SMTP_URL is made';
    case 'ETIMEDOUT':
      return 'the mail server does not answer in time';
    case 'EENVELOPE':
      return `the mail server refuses the sender or all addresses${reply}`;
    case 'EMESSAGE':
      return `the mail server refuses the message${reply}`;
    default:
      return `the mail server cannot be used${reply}${typeof command === 'string' ? ` at ${command.slice(0, 20)}` : ''}`;
  }
}

/** The library has one code for every error of the socket; those of OpenSSL name the certificate. */
function refusesTls(error: unknown): boolean {
  return error instanceof Error && /certificate|altnames|self.signed/i.test(error.message);
}
