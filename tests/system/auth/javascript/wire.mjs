// How a client here speaks with the test that runs it: a line of JSON out, a line of JSON back.
import { createInterface } from 'node:readline'

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function ask(question) {
  process.stdout.write(`${JSON.stringify(question)}\n`)
  return JSON.parse((await answers.next()).value)
}

/** The person's browser goes there, signs in and consents; the address where it would leave the platform. */
export const visit = async (url) => new URL((await ask({ visit: String(url) })).location)

/** The person opens this address on another device and lets the first one in. */
export const approve = (url) => ask({ approve: String(url) })

/** One thing has been completed. */
export const done = (what) => ask({ done: what })

export function expect(truth, what) {
  if (!truth) throw new Error(`expected: ${what}`)
}

/** What the test hands over: issuer, apps, the machine and its resource. */
export const given = JSON.parse(process.argv[2])
