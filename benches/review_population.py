#!/usr/bin/env python3
"""Writes the exports of a company, the same for the same arguments: review_population.py PEOPLE DIRECTORY [GRANTS_EACH]

`hr.csv`, `grants.csv`, `grants.ndjson` with its `mapping.toml`, and `review.toml`. A person has a manager, a department and a
title, an account in one to three of 24 systems, and most of what their department holds; one in 200 accounts is on no roster, one
person in 100 has left, one account in 50 is a program's. 1,000,000 people are 10,000,000 grants.
"""

import os
import random
import sys

SYSTEMS = [f"system{number:02}" for number in range(24)]
ROLES = 400
TITLES = 12
POLICY = """name = "Scale"
duration = "30d"
fallback = ["E0000000"]
[[stage]]
reviewers = "manager"
[[sod]]
name = "pay and approve"
holds = ["system03/role/role00*", "system07/role/role01*"]
"""
MAPPING = """format = "ndjson"
[columns]
system = "system"
account = "account"
entitlement = "entitlement"
employee_id = "who.id"
email = "who.email"
privileged = "privileged"
mfa = "mfa"
enabled = "enabled"
granted = "granted"
last_used = "used"
kind = "kind"
"""


def day(number):
    """A day of the years before 2026-11-22, the number of days back."""
    year, rest = divmod(number, 336)
    month, of_month = divmod(rest, 28)
    return f"{2026 - year}-{11 - month % 11:02}-{1 + of_month % 20:02}"


def main():
    people, directory = int(sys.argv[1]), sys.argv[2]
    each = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    draw = random.Random(people).random
    departments = max(4, people // 600)
    os.makedirs(directory, exist_ok=True)
    place = lambda name: open(os.path.join(directory, name), "w", buffering=1 << 20)
    with place("review.toml") as out:
        out.write(POLICY)
    with place("mapping.toml") as out:
        out.write(MAPPING)
    hr, grants, lines = place("hr.csv"), place("grants.csv"), place("grants.ndjson")
    hr.write("employee_id,name,email,department,title,manager_id,status,start_date,end_date\n")
    grants.write("system,account,entitlement,account_email,employee_id,privileged,mfa,enabled,granted_at,last_used,kind\n")
    for number in range(people):
        department, title = number % departments, int(TITLES * draw() ** 2)
        left = draw() < 0.01
        status, end = ("terminated", day(int(draw() * 60))) if left else ("active", "")
        manager = f"E{(number - 1) // 8:07}" if number else ""
        hr.write(
            f"E{number:07},Person {number},p{number}@acme.example,Department {department},Title {title},{manager},"
            f"{status},{day(400 + int(draw() * 2000))},{end}\n"
        )
        accounts, kind = 1 + int(draw() * 3), "service" if draw() < 0.02 else "human"
        orphan = draw() < 0.005
        mail, id = (f"x{number}@gone.example", "") if orphan else (f"p{number}@acme.example", f"E{number:07}")
        mfa = ("none", "otp", "push", "fido2")[int(draw() * 4)]
        for which in range(accounts):
            system = SYSTEMS[(department * 5 + which * 7) % len(SYSTEMS)]
            share = each // accounts + (which < each % accounts)
            for held in range(share):
                role = (department * 13 + held) % ROLES if draw() < 0.97 else int(draw() * ROLES)
                privileged = "yes" if role % 40 == 0 else "no"
                used = day(int(draw() * 80)) if draw() < 0.95 else ("never" if draw() < 0.5 else day(100 + int(draw() * 400)))
                given = day(30 + int(draw() * 1000))
                grants.write(
                    f"{system},user{number},role{role:03}-{held},{mail},{id},{privileged},{mfa},yes,{given},{used},{kind}\n"
                )
                lines.write(
                    f'{{"system":"{system}","account":"user{number}","entitlement":"role{role:03}-{held}","who":{{"id":"{id}",'
                    f'"email":"{mail}"}},"privileged":"{privileged}","mfa":"{mfa}","enabled":true,"granted":"{given}",'
                    f'"used":"{used}","kind":"{kind}"}}\n'
                )
    for file in (hr, grants, lines):
        file.close()


main()
