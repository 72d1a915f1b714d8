// The peer ships no types of its own; the bench uses three members.
declare module 'oidc-provider' {
  export default class Provider {
    constructor(issuer: string, configuration: object)
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this
    listen(port: number, host: string, listening: () => void): void
  }
}
