/** Something that the user of the space asked for and cannot have: an HTTP status, a code and one sentence. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: 400 | 401 | 403 | 404 | 409 | 415 | 429,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const problem = (...about: ConstructorParameters<typeof Problem>): Problem => new Problem(...about);
