import type { ClientKey } from './client-assertion.js'
import { importPublicJwk } from './jwk.js'

/** Public keys whose private halves were discarded when they were made. */
const JWKS = [
  {
    kty: 'EC',
    crv: 'P-256',
    x: 'zGgucTyiJqMT6uZm9yZ_NpcY8R-Ic6rxXAwQ1H66DRQ',
    y: '2cMgXve-01zrffhdcZKm4BBmckc5WfJiAghyarCoi20',
  },
  {
    kty: 'EC',
    crv: 'P-384',
    x: 'uk2lEJt7T_-ijriJ553_tMJ_kvZfqA58lz0ycCIMR9ThPLCe6JpDsGuSeDBIj_Or',
    y: 'DepiT35qyp2GO5-ZxFP5Lj1V5RHkGoOgCAj1NpewZjGjnRYojsnBooJLv4_Quo70',
  },
  {
    kty: 'EC',
    crv: 'P-521',
    x: 'AKunUkf5JiWrJfAgAiva49JmU4vH3lqFsLQg-rPTdCbq5JookmobyTsM4V98T-Um1v90ev0YaKqAfFFu26E3Hnaj',
    y: 'AFnFqO4dQIKOd40dX-CvNEguiz-W-ArJegadLVL3p7BOSFMylnC5GBwUtEzR34LOA4wPmv6jzLHPi7eapvrhsb5F',
  },
  {
    kty: 'RSA',
    n: 'unh4tE0b-nBo4crMCVVL8nPngwdJGi6-BXdNP6Odxdz8HNJvZ4zBEgeWOdlZ7cGSkzQYCvVQiqVmLLqm_6Igtn8ldruA6sFI0MjNIkZ4XuCJ41z_iH905Csdr9rnjXuQHtaPZXEQAIJAKBhxLxDl1S9zUHmtHpKBqyVvSkLkgiJVXO2SKMb1z53YlvZTsNQU97KUd8h39RAWrWjlkeonQn8B7_yHFJGdK0lt8on2ULCrk2-3CgavHahaKeeeL4yv2fRcxOWF0esscNP1RmA6OdyyZtnAqaWP5RuEdx4nsEU6JDrZLX6TiIFJaqoM5TpWFu8kHgVax12LlLAVuZz83Q',
    e: 'AQAB',
  },
  { kty: 'OKP', crv: 'Ed25519', x: 'OCiyrNH9DGjYbR68liwaV1I3wc5owb4sd7jmCOrb9zk' },
]

/**
 * Keys to check an unknown client's assertion against: one of them takes the same time as a known client's wrong signature,
 * so that time does not tell which clients exist (I08). None has a `kid`, so each assertion meets the one of its algorithm.
 */
export const DECOY_KEYS: readonly ClientKey[] = JWKS.map((jwk) => importPublicJwk(jwk))
