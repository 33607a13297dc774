// 培训平台示例 · A training platform's example client: one evening of one trainee, then the facts that came back.
//
// NATS_URL=nats://127.0.0.1:4222 NATS_USER=p1 NATS_PASSWORD=... node client.mjs --trainee t1 --course C1 --video v1
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { jetstream } from "@nats-io/jetstream";
import { connect, errors, headers } from "@nats-io/transport-node";

const { NATS_URL = "nats://127.0.0.1:4222", NATS_USER, NATS_PASSWORD } = process.env;
const { values: a } = parseArgs({ options: Object.fromEntries(
  Object.entries({ platform: NATS_USER, trainee: "t1", course: "C1", video: "v1", quiz: "q1", wait: "2" })
    .map(([name, value]) => [name, { type: "string", default: value }])) });
const uuid7 = () => {
  const hex = Date.now().toString(16).padStart(12, "0") + "7" + randomBytes(10).toString("hex").slice(1);
  return hex.replace(/^(.{8})(.{4})(.{4}).(.{3})(.{12}).*$/, "$1-$2-$3-8$4-$5");
};
const begun = Date.now() - 5 * 60_000;
const at = (seconds) => new Date(begun + 8 * 3_600_000 + seconds * 1000).toISOString().replace("Z", "+08:00");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// 自己的收件箱前缀；事实的 API 前缀 / an inbox prefix of its own; the API prefix under which it finds its facts
const nc = await connect({ servers: NATS_URL, user: NATS_USER, pass: NATS_PASSWORD, inboxPrefix: `_INBOX_${a.platform}` });
const js = jetstream(nc, { apiPrefix: "KESHI.API" });

async function say(family, type, when, data) {
  const event = { specversion: "1.0", id: uuid7(), source: `/platforms/${a.platform}`, type: `keshi.${type}.v1`,
    subject: a.trainee, time: at(when), datacontenttype: "application/json", data };
  const header = headers();
  header.set("Content-Type", "application/cloudevents+json");
  for (let attempt = 0; attempt < 5; attempt++) { // 没有回执就原样再发，不会重复计时 / no answer: send it again, it never counts twice
    try {
      const ack = await js.publish(`learn.v1.${a.platform}.${a.trainee}.${family}`, JSON.stringify(event), { timeout: 2000, headers: header });
      return console.log(`已存 stored #${ack.seq} ${event.type}`);
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
      await pause(250 * 2 ** attempt);
    }
  }
  throw new Error(`没有回执 / no acknowledgement: ${event.type}`);
}

const { course, video, quiz } = a;
const session = `s-${uuid7()}`;
await say("sign-in", "session.opened", 0, { session, method: "face", verified: true, device: "example", ip: "127.0.0.1", device_time: at(0) });
for (let n = 0; n < 4; n++) { // 每 30 秒一段，每段独立成立 / one stretch every 30 seconds, each stands alone
  await say("video-watch", "video.watched", 30 * n + 31, { session, course, video, from: 30 * n, to: 30 * n + 30,
    started_at: at(30 * n + 1), ended_at: at(30 * n + 31), rate: 1, foreground: true });
}
await say("sign-in", "presence.checked", 68, { session, prompted_at: at(60), answered_at: at(68), outcome: "passed", method: "click" });
await say("quiz", "quiz.submitted", 180, { session, course, quiz, attempt: 1, started_at: at(130), submitted_at: at(180), score: "80", max_score: "100" });
await say("qa", "question.asked", 200, { session, course, thread: `q-${uuid7()}`, text: "接地电阻应小于多少？" });
await say("sign-in", "session.closed", 210, { session, reason: "logout" });

const facts = await js.consumers.get("KESHI_FACTS", a.platform); // 离线期间的也在 / those of an absence too
for await (const message of await facts.fetch({ max_messages: 100, expires: Number(a.wait) * 1000 })) {
  const fact = message.json();
  console.log("事实 fact", fact.type, JSON.stringify(fact.data));
  message.ack();
}
await nc.drain();
