"""Ask a server over keep-alive connections, as many at a time as told, and time every answer.

python load.py PORT PATH CLIENTS SECONDS < bodies.json: prints a JSON object with the requests answered, the
seconds, and the times of all answers in milliseconds.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time

import uvloop

TIMES_KEPT = 200_000


async def client(port: int, requests: itertools.cycle[bytes], until: float, times: list[float]) -> None:
    """One connection; any answer but 200 ends the run."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (started := time.perf_counter()) < until:
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{head.decode()}{(await reader.read(2000)).decode()}")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        times.append(1000 * (time.perf_counter() - started))
    writer.close()


async def run(port: int, path: str, clients: int, seconds: float, bodies: list[str]) -> None:
    """Ask for a while, and print what came of it."""
    requests = itertools.cycle(
        f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body.encode())}\r\n\r\n{body}".encode()
        for body in bodies
    )
    times: list[float] = []
    started = time.perf_counter()
    await asyncio.gather(*(client(port, requests, started + seconds, times) for _ in range(clients)))
    elapsed = time.perf_counter() - started
    print(json.dumps({"requests": len(times), "seconds": elapsed, "times": times[:TIMES_KEPT]}))


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), json.load(sys.stdin)))
