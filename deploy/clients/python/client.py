"""培训平台示例 · A training platform's example client: one evening of one trainee, then the facts that came back.

NATS_URL=nats://127.0.0.1:4222 NATS_USER=p1 NATS_PASSWORD=... python3 client.py --trainee t1 --course C1 --video v1
"""
import argparse, asyncio, json, os, secrets, sys, time, uuid
from datetime import datetime, timedelta, timezone

import nats


def uuid7() -> str:
    number = (time.time_ns() // 1_000_000) << 80 | 7 << 76 | secrets.randbits(76) & ~(3 << 62) | 2 << 62
    return str(uuid.UUID(int=number))


async def heard(error: Exception) -> None:
    print("NATS:", error, file=sys.stderr)


async def main(a) -> None:
    platform, begun = a.platform, datetime.now(timezone(timedelta(hours=8))) - timedelta(minutes=5)
    at = lambda seconds: (begun + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    # 自己的收件箱前缀；事实的 API 前缀 / an inbox prefix of its own; the API prefix under which it finds its facts
    nc = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), user=os.environ["NATS_USER"], password=os.environ["NATS_PASSWORD"],
                            inbox_prefix=f"_INBOX_{platform}".encode(), error_cb=heard, max_reconnect_attempts=2)
    js = nc.jetstream(prefix="KESHI.API")

    async def say(family: str, type: str, when: float, data: dict) -> None:
        event = {"specversion": "1.0", "id": uuid7(), "source": f"/platforms/{platform}", "type": f"keshi.{type}.v1",
                 "subject": a.trainee, "time": at(when), "datacontenttype": "application/json", "data": data}
        body, headers = json.dumps(event, ensure_ascii=False).encode(), {"Content-Type": "application/cloudevents+json"}
        for attempt in range(5):  # 没有回执就原样再发，不会重复计时 / no answer: send it again, it never counts twice
            try:
                ack = await js.publish(f"learn.v1.{platform}.{a.trainee}.{family}", body, timeout=2, headers=headers)
                return print(f"已存 stored #{ack.seq} {event['type']}")
            except asyncio.TimeoutError:
                await asyncio.sleep(2**attempt / 4)
        raise SystemExit(f"没有回执 / no acknowledgement: {event['type']} (权限 rights? 服务器 server?)")

    session = {"session": f"s-{uuid7()}"}
    await say("sign-in", "session.opened", 0, session | {"method": "face", "verified": True, "device": "example", "ip": "127.0.0.1", "device_time": at(0)})
    for n in range(4):  # 每 30 秒一段，每段独立成立 / one stretch every 30 seconds, each stands alone
        await say("video-watch", "video.watched", 30 * n + 31, session | {"course": a.course, "video": a.video, "from": 30 * n, "to": 30 * n + 30,
                  "started_at": at(30 * n + 1), "ended_at": at(30 * n + 31), "rate": 1, "foreground": True})
    await say("sign-in", "presence.checked", 68, session | {"prompted_at": at(60), "answered_at": at(68), "outcome": "passed", "method": "click"})
    await say("quiz", "quiz.submitted", 180, session | {"course": a.course, "quiz": a.quiz, "attempt": 1, "started_at": at(130), "submitted_at": at(180),
              "score": "80", "max_score": "100"})
    await say("qa", "question.asked", 200, session | {"course": a.course, "thread": f"q-{uuid7()}", "text": "接地电阻应小于多少？"})
    await say("sign-in", "session.closed", 210, session | {"reason": "logout"})

    facts = await js.pull_subscribe_bind(platform, stream="KESHI_FACTS")  # 离线期间的也在 / those of an absence too
    try:
        while messages := await facts.fetch(100, timeout=a.wait):
            for message in messages:
                fact = json.loads(message.data)
                print("事实 fact", fact["type"], json.dumps(fact["data"], ensure_ascii=False))
                await message.ack()
    except asyncio.TimeoutError:
        pass  # 没有更多 / no more
    await nc.flush()
    await nc.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--platform", default=os.environ.get("NATS_USER"))
    for name, default in (("trainee", "t1"), ("course", "C1"), ("video", "v1"), ("quiz", "q1")):
        options.add_argument(f"--{name}", default=default)
    options.add_argument("--wait", type=float, default=2, help="秒，等待事实 / seconds to wait for facts")
    asyncio.run(main(options.parse_args()))
