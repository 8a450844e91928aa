"""Runs the desk: its pages and OTLP on one port, SMTP on another, both for this machine alone."""

import asyncio
import os
from pathlib import Path

import uvicorn

from deploy.local.desk.app import desk
from deploy.local.desk.mailbox import Mailbox, Sink
from deploy.local.desk.traces import Traces
from deploy.local.process import LOOPBACK


async def main(port: int, smtp_port: int, folder: Path) -> None:
    """Serve until SIGTERM."""
    mailbox = Mailbox(folder)
    sink = Sink(mailbox)
    smtp = await asyncio.get_running_loop().create_server(sink.protocol, LOOPBACK, smtp_port)
    config = uvicorn.Config(
        desk(mailbox, Traces(), port),
        host=LOOPBACK,
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    async with smtp:
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    environ = os.environ
    asyncio.run(
        main(int(environ["LOGI_DESK_PORT"]), int(environ["LOGI_DESK_SMTP_PORT"]), Path(environ["LOGI_DESK_MAIL"]))
    )
