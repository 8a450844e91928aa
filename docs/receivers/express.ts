// A webhook receiver for Express. `verify` needs nothing but Node.
import { createHmac, timingSafeEqual } from "node:crypto";

const WINDOW_SECONDS = 300;

export type LogiEvent = { event_id: string; event_type: string; occurred_at: string; data: Record<string, unknown> };
type Headers = Record<string, string | string[] | undefined>;

export class Refused extends Error {}

/** The event, once its signature holds. `keyFor` gives the signing key of a kid, refetching the list on a miss. */
export async function verify(
  body: Buffer,
  headers: Headers,
  webhookSecret: string,
  keyFor: (kid: string) => Promise<string | undefined>,
  now: number = Date.now() / 1000,
): Promise<LogiEvent> {
  const given = String(headers["x-logi-signature"] ?? "");
  let timestamp: string, secret: string | undefined, mac: string;
  if (given.startsWith("sha256=")) {
    [timestamp, secret, mac] = [String(headers["x-logi-timestamp"] ?? ""), webhookSecret, given.slice(7)];
  } else if (given.startsWith("t=") || given.includes(",")) {
    const fields = new Map<string, string>();
    for (const part of given.split(",")) {
      const at = part.indexOf("=");
      const name = part.slice(0, at).trim();
      if (fields.has(name) && ["t", "kid", "v1"].includes(name)) throw new Refused("a field is there twice");
      fields.set(name, part.slice(at + 1).trim());
    }
    [timestamp, mac] = [fields.get("t") ?? "", fields.get("v1") ?? ""];
    secret = await keyFor(fields.get("kid") ?? "");
  } else {
    throw new Refused("no signature");
  }
  if (!/^[0-9]+$/.test(timestamp)) throw new Refused("no time");
  if (Math.abs(now - Number(timestamp)) > WINDOW_SECONDS) throw new Refused("not of now");
  if (!secret) throw new Refused("unknown key");
  const wanted = Buffer.from(createHmac("sha256", secret).update(body).digest("hex"));
  const shown = Buffer.from(mac);
  if (wanted.length !== shown.length || !timingSafeEqual(wanted, shown)) throw new Refused("wrong signature");
  return JSON.parse(body.toString("utf8"));
}

/**
 * Mount before any JSON parser: `app.post("/webhooks/logi", express.raw({ type: () => true }), receiver(…))`.
 * `seen` remembers an event id and says whether it was there; do that in the transaction of `apply`.
 */
export function receiver(
  keyFor: (kid: string) => Promise<string | undefined>,
  seen: (eventId: string) => Promise<boolean>,
  apply: (event: LogiEvent) => Promise<void>,
) {
  return async (request: { body: Buffer; headers: Headers }, response: { sendStatus(code: number): unknown }) => {
    let event: LogiEvent;
    try {
      event = await verify(request.body, request.headers, process.env.LOGI_WEBHOOK_SECRET ?? "", keyFor);
    } catch (error) {
      if (error instanceof Refused) return response.sendStatus(401);
      throw error;
    }
    if (!(await seen(event.event_id))) await apply(event);
    return response.sendStatus(204);
  };
}
