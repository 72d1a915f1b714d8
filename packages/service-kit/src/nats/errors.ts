/** NATS cannot be reached, or nobody answers the subject: nothing was done. */
export class NatsUnavailable extends Error {
  override readonly name = 'NatsUnavailable'
}

/** No reply in time: the other side may or may not have done it. */
export class NatsTimeout extends Error {
  override readonly name = 'NatsTimeout'
}

/** No acknowledgement: the message may or may not be stored. Publish it again under the same message id to find out. */
export class PublishUnknown extends Error {
  override readonly name = 'PublishUnknown'
}

/** The stream refused the message and did not store it. `code`: JetStream's `err_code`, for example 10077 for a full one. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused'
  readonly code: number

  constructor(code: number, description: string) {
    super(`JetStream refused the message: ${description} (${code})`)
    this.code = code
  }
}
