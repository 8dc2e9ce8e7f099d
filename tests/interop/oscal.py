"""The OSCAL report read by compliance-trestle, whose models are made from NIST's own: no unknown member, every pattern."""

import json
import sys

from trestle.oscal.assessment_results import AssessmentResults

from harness import SCRATCH, Checks, countersign

ACT = ["--by", "grc", "--at", "2026-11-22T09:00:00Z"]
HOSTILE = "=cmd|'/C calc'!A0</script>\u202e&\u00a0 "


def run(*words):
    status, out, error = countersign(*(str(word) for word in words))
    if status > 1:
        sys.exit(f"{words}: {error}")
    return out


def campaign(folder):
    folder.mkdir()
    people = "".join(f"{n},\"{HOSTILE} {n}\",p{n}@a.example,boss,active\n" for n in range(9))
    header = "employee_id,name,email,manager_id,status\nboss,Bo,b@a.example,,active\nother,Ot,o@a.example,,active\n"
    (folder / "hr.csv").write_text(header + people, encoding="utf-8")
    grants = "".join(f"\"{HOSTILE}\",\"{HOSTILE} {n}\",r{n},{n},yes,none,2026-01-01\n" for n in range(12))
    (folder / "grants.csv").write_text("system,account,entitlement,employee_id,privileged,mfa,last_used\n" + grants, encoding="utf-8")
    (folder / "review.toml").write_text(f"name = '''{HOSTILE}'''\nfallback = ['boss', 'other']\n", encoding="utf-8")
    for kind in ["hr", "grants"]:
        run("review", "import", kind, folder / f"{kind}.csv", "--campaign", folder / "q4.review", *ACT)
    run("review", "open", folder / "q4.review", "--policy", folder / "review.toml", *ACT)
    return folder / "q4.review"


def main():
    checks = Checks("compliance-trestle, review report --format oscal")
    store = campaign(SCRATCH / "oscal")
    for state in ["open", "closed"]:
        if state == "closed":
            run("review", "close", store, "--acknowledged-by", "boss", "--by", "grc", "--at", "2026-12-20T09:00:00Z")
        document = json.loads(run("review", "report", store, "--format", "oscal"))
        try:
            read = AssessmentResults(**document["assessment-results"])
            checks.check("documents", True)
            result = read.results[0]
            checks.check("attestations", bool(result.attestations) == (state == "closed"))
            checks.check("observations", len(result.observations) > 12, len(result.observations))
        except ValueError as error:
            checks.check("documents", False, str(error)[:3000])
        wrong = json.loads(json.dumps(document["assessment-results"]))
        wrong["results"][0]["observations"][0]["uuid"] = "none"
        try:
            AssessmentResults(**wrong)
            checks.check("a wrong one is refused", False)
        except ValueError:
            checks.check("a wrong one is refused", True)
    checks.end()


main()
