"""What cannot be had for less: the signatures and the password hashes by themselves."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from cryptography.hazmat.primitives import hashes as digests
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

SAID = b"x" * 400


def signatures(seconds: float) -> dict[str, float]:
    """Per second of CPU time, so that it is one core's whatever else runs."""
    curve = ec.generate_private_key(ec.SECP256R1())
    prime = rsa.generate_private_key(65537, 2048)
    return {
        "ES256": _rate(lambda: curve.sign(SAID, ec.ECDSA(digests.SHA256())), seconds),
        "RS256": _rate(lambda: prime.sign(SAID, padding.PKCS1v15(), digests.SHA256()), seconds),
    }


def hashes(seconds: float) -> float:
    """Argon2id of design's costs per second, on as many threads as there are cores."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    stored = hasher.hash("a password of the benchmark")
    until, workers = time.monotonic() + seconds, os.cpu_count() or 1

    def work(_: int) -> int:
        done = 0
        while time.monotonic() < until:
            hasher.verify(stored, "a password of the benchmark")
            done += 1
        return done

    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(work, range(workers))) / seconds


def _rate(act: Callable[[], bytes], seconds: float) -> float:
    done, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        act()
        done += 1
    return done / seconds
