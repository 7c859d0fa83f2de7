const HINTS: Readonly<Record<number, string>> = {
  401: 'Is CLAVIGER_TOKEN the token of a principal of this service?',
  429: 'Try again in a moment.',
};

/** Problem details (RFC 9457) as a sentence for people. */
export function problemSentence(status: number, body: unknown): string {
  const problem = typeof body === 'object' && body !== null ? body : {};
  const detail = textOf(problem, 'detail') ?? textOf(problem, 'message');
  const title = textOf(problem, 'title');
  const sentence = detail ?? title ?? `The service answered with HTTP status ${status} and no explanation.`;
  const requestId = textOf(problem, 'requestId');
  // Whoever has to look into it finds the record under this id.
  const parts = [
    sentence,
    HINTS[status],
    status >= 500 && requestId !== undefined ? `Request id: ${requestId}.` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function textOf(problem: object, name: string): string | undefined {
  const value: unknown = name in problem ? (problem as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
