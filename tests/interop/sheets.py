"""Reviewers' workbooks opened, answered and saved by openpyxl, and by LibreOffice where it is; then taken back."""

import shutil
import subprocess
import sys

import openpyxl

from harness import SCRATCH, Checks, countersign

ACT = ["--by", "grc", "--at", "2026-11-22T09:00:00Z"]
NAMES = ["=1+1", "+cmd", "-2", "@SUM(A1)", "007", "1E5", "2026-11-22", "TRUE", " padded ", "a\u202eb", "'quoted", "日本 <b>&", "ｆｕｌｌ", "＝1", "_x0041_"]


def run(*words, worst=1):
    status, out, error = countersign(*(str(word) for word in words))
    if status > worst:
        sys.exit(f"{words}: {error}")
    return out


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def campaign(folder):
    folder.mkdir()
    header = "employee_id,name,email,manager_id,status\nboss,Bo,b@a.example,,active\nother,Ot,o@a.example,,active\n"
    people = "".join(f"{n},{quoted(name)},p{n}@a.example,boss,active\n" for n, name in enumerate(NAMES))
    (folder / "hr.csv").write_text(header + people, encoding="utf-8")
    grants = "".join(f"erp,{quoted(name)},{quoted(name)},{n}\n" for n, name in enumerate(NAMES))
    (folder / "grants.csv").write_text("system,account,entitlement,employee_id\n" + grants, encoding="utf-8")
    (folder / "review.toml").write_text("fallback = ['boss', 'other']\n")
    for kind in ["hr", "grants"]:
        run("review", "import", kind, folder / f"{kind}.csv", "--campaign", folder / "q4.review", *ACT)
    run("review", "open", folder / "q4.review", "--policy", folder / "review.toml", *ACT)
    run("review", "sheet", folder / "q4.review", "--out", folder / "sheets", "--as", "xlsx")
    return folder / "q4.review", folder / "sheets" / "b@a.example.xlsx"


def decide(store, sheet, day):
    words = ["review", "decide", store, sheet, "--as", "boss", "--by", "boss", "--at", f"2026-11-{day}T09:00:00Z"]
    status, out, error = countersign(*(str(word) for word in words))
    return status, out.decode("utf-8", "replace"), error


def main():
    checks = Checks("openpyxl, reviewers' workbooks")
    store, sheet = campaign(SCRATCH / "workbooks")
    book = openpyxl.load_workbook(sheet)
    table = book.active
    columns = {cell.value: cell.column for cell in table[1]}
    cells = [cell for row in table.iter_rows() for cell in row if cell.value is not None]
    checks.check("cells as text", all(cell.data_type == "s" and cell.number_format == "@" for cell in cells))
    checks.check("rows", table.max_row == len(NAMES) + 1, table.max_row)
    checks.check("choices", table.data_validations.dataValidation[0].formula1 == '"accept,revoke,reduce,not-decided"')
    accounts = {row[columns["account"] - 1].value for row in table.iter_rows(min_row=2)}
    checks.check("names guarded", not any(str(name).startswith(("=", "+", "-", "@")) for name in accounts), accounts)
    for row in table.iter_rows(min_row=2):
        row[columns["decision"] - 1].value = "revoke"
        row[columns["justification"] - 1].value = "geprüft, 検討済み"
    book.save(SCRATCH / "workbooks" / "answered.xlsx")
    # One row that is about another account than the one that was handed out.
    table.cell(row=3, column=columns["account"]).value = "someone"
    book.save(SCRATCH / "workbooks" / "edited.xlsx")
    status, out, _ = decide(store, SCRATCH / "workbooks" / "edited.xlsx", 24)
    checks.check("edited rows refused", status == 1 and "1 were refused" in out and "its key does not fit" in out, out)
    status, out, error = decide(store, SCRATCH / "workbooks" / "answered.xlsx", 25)
    checks.check("answered workbooks taken", status == 0 and "taken 1 decisions" in out, out + error)
    # A formula in it has a value that nobody wrote.
    table.cell(row=4, column=columns["decision"]).value = '="rev"&"oke"'
    book.save(SCRATCH / "workbooks" / "formula.xlsx")
    status, _, error = decide(store, SCRATCH / "workbooks" / "formula.xlsx", 26)
    checks.check("formulas refused", status == 2 and "cell A4 holds a formula" in error, error)
    # The workbook of the whole campaign.
    run("review", "report", store, "--format", "xlsx", "-o", SCRATCH / "workbooks" / "report.xlsx")
    report = openpyxl.load_workbook(SCRATCH / "workbooks" / "report.xlsx")
    names = ["summary", "items", "reviewers", "sources", "not evaluable"]
    checks.check("reports", report.sheetnames == names and report["items"].max_row == len(NAMES) + 1, report.sheetnames)
    formulas = [cell.value for each in report for row in each.iter_rows() for cell in row if cell.data_type == "f"]
    checks.check("reports without formulas", not formulas, formulas)
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office:
        store, sheet = campaign(SCRATCH / "office")
        out = SCRATCH / "office" / "saved"
        words = [office, f"-env:UserInstallation=file://{SCRATCH}/office/home", "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(sheet)]
        subprocess.run(words, check=True, capture_output=True, timeout=300)
        book = openpyxl.load_workbook(out / sheet.name)
        for row in book.active.iter_rows(min_row=2):
            row[0].value, row[1].value = "accept", "seen"
        book.save(out / "answered.xlsx")
        status, said, error = decide(store, out / "answered.xlsx", 24)
        # LibreOffice 7.4 reads `_x0041_` as it was written, and saves it as `A`: that row is refused, and no other.
        whole = status == 0 and f"taken {len(NAMES)} decisions" in said
        but_one = f"taken {len(NAMES) - 1} decisions" in said and "erp/A role A  its key does not fit" in said
        checks.check("LibreOffice's workbooks taken", whole or but_one, said + error)
    else:
        print("LibreOffice: not installed, SKIPPED")
    checks.end()


main()
