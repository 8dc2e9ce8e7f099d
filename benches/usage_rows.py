#!/usr/bin/env python3
"""Writes rows of an audit log as NDJSON, the same for the same arguments: usage_rows.py ROWS [SEED] > rows.ndjson

50,000,000 rows are 9 GB and about 7.8 million pairs of a user and an action; 93 of 100 rows succeed.
"""

import random
import sys

ACTIONS = [
    f"{service}:{verb}{thing}"
    for service in ("s3", "ec2", "iam", "kms", "sqs", "rds", "logs", "ecs")
    for verb in ("Get", "List", "Put", "Delete", "Describe")
    for thing in ("Object", "Instance", "Role", "Queue", "Policy")
]


def main():
    rows, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 7
    draw = random.Random(seed).random
    piece = []
    for number in range(rows):
        user = int(1_000_000 * draw() ** 3)
        action = ACTIONS[int(len(ACTIONS) * draw() ** 4)]
        second = int(draw() * 86_400)
        day = int(draw() * 90)
        month, day = 8 + day // 30, 1 + day % 30
        time = f"2026-{month:02}-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        outcome = "success" if draw() < 0.93 else "failure"
        piece.append(
            f'{{"time":"{time}","user":"user{user:07}@acme.example","action":"{action}","outcome":"{outcome}",'
            f'"source":"10.{user % 256}.{second % 256}.{day}","session":"{number:016x}","agent":"acme-cli/2.{day}"}}\n'
        )
        if len(piece) == 10_000:
            sys.stdout.write("".join(piece))
            piece.clear()
    sys.stdout.write("".join(piece))


main()
