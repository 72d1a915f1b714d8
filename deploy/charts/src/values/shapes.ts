import Type from 'typebox'
import type { TObject, TProperties, TSchema } from 'typebox'

/** A map whose members are known: a typo in any other name is refused. */
export const Strict = (properties: TProperties): TObject =>
  Type.Object(Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])), {
    additionalProperties: false,
  })

/** A piece of the Kubernetes API, which the API server itself checks. */
export const Passed = Type.Object({}, { additionalProperties: true })
export const PassedList = Type.Array(Passed)
export const Text = Type.String()
export const TextMap = Type.Record(Type.String(), Type.String())
export const Switch = Type.Boolean()
export const Count = (minimum: number): TSchema => Type.Integer({ minimum, maximum: 1_000_000 })
export const OrNull = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()])
export const Choice = (...values: string[]): TSchema => Type.Enum(values)

/** A reference to a Secret that exists already; the name is required where it is used, which the templates check. */
export const ExistingSecret = Strict({
  existingSecret: Type.String({ pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$' }),
  key: Type.String({ minLength: 1 }),
})

export const Image = Strict({
  registry: Text,
  repository: Type.String({ minLength: 1 }),
  tag: Text,
  digest: Type.String({ pattern: '^(sha256:[0-9a-f]{64})?$' }),
  pullPolicy: Choice('Always', 'IfNotPresent', 'Never'),
  pullSecrets: Type.Array(Text),
})
